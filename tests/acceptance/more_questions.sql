-- care per thousand people, by sex
with people as (select sex, count(*) as n from person group by sex),
care as (select p.sex, count(distinct c.person_id) as n from social_care c join person p using (person_id) group by p.sex)
select people.sex, 1000.0 * care.n / people.n as per_thousand from people join care on care.sex = people.sex order by 1;
-- five percentiles of cost
select percentile_cont(0.1) within group (order by cost) as p10, median(cost) as p50, quantile_cont(cost, 0.95) as p95 from social_care;
-- new care, this year against the last
with y as (select year(start_date) as year, count(*) as starts from social_care group by 1)
select year, starts, round(100.0 * (starts - lag(starts) over (order by year)) / nullif(lag(starts) over (order by year), 0), 1) as change_percent from y order by year;
-- nested tables: wards where many pay much
with a as (select ward, tenancy, count(*) as homes, avg(arrears) as mean from housing group by ward, tenancy),
b as (select ward, sum(homes) as homes, max(mean) as most from a group by ward),
c as (select * from b where homes > 100)
select count(*) as wards from c;
-- a moving average over three months
with m as (select start_date as month, count(*) as starts from social_care group by start_date)
select month, starts, round(avg(starts) over (order by month rows between 2 preceding and current row), 1) as smooth from m order by month;
-- the three wards that owe most
select ward, sum(arrears) as total from housing group by ward order by total desc limit 3;
-- share of homes with children, by tenancy
with homes as (select uprn, sum(case when age_in_years(dob) < 15 then 1 else 0 end) as children from person group by uprn)
select h.tenancy, avg(case when homes.children > 0 then 1.0 else 0.0 end) as share, count(*) as homes
from housing h join homes using (uprn) group by h.tenancy order by h.tenancy;
-- spells of everybody, none counted as nought
select p.sex, avg(coalesce(c.spells, 0)) as mean_spells, count(*) as people
from person p left join (select person_id, count(*) as spells from social_care group by person_id) c on c.person_id = p.person_id
group by p.sex order by p.sex;
-- spells a person in bands
with per_person as (select person_id, count(*) as spells from social_care group by person_id)
select case when spells = 1 then 'one' when spells <= 3 then 'two or three' else 'more' end as often, count(*) as people from per_person group by often;
-- people a home, as a ratio of two tables
select h.ward, count(distinct p.person_id) as people, count(distinct h.uprn) as homes,
count(distinct p.person_id) * 1.0 / count(distinct h.uprn) as a_home
from housing h join person p using (uprn) group by h.ward order by h.ward;
-- a pivot by hand
select ward, count(case when tenancy = 'owner' then 1 end) as owner, sum(case when tenancy = 'council' then 1 else 0 end) as council,
count(*) filter (where tenancy = 'private') as private from housing group by ward order by ward;
-- care by quarter as text
select cast(year(start_date) as varchar) || ' Q' || cast(quarter(start_date) as varchar) as quarter, count(*) as spells
from social_care group by 1 order by 1;
-- cost a month of each need, with a share of the month
select start_date as month, need, sum(cost) as cost, sum(cost) / sum(sum(cost)) over (partition by start_date) as share
from social_care where start_date >= date '2024-06-01' group by 1, 2 order by 1, 2;
-- first care in a year
with firsts as (select person_id, min(start_date) as began from social_care group by person_id)
select year(began) as year, count(*) as people from firsts group by 1 order by 1;
-- people in homes that owe
select count(*) as people from person where uprn in (select uprn from housing where arrears > 0);
-- homes where somebody is in care
select h.tenancy, count(*) as homes from housing h
where exists (select 1 from person p join social_care c using (person_id) where p.uprn = h.uprn) group by h.tenancy order by h.tenancy;
-- distinct people and homes
select count(distinct person_id) as people, count(distinct uprn) as homes from person;
-- wards in order, the second page
select ward, count(*) as homes from housing group by ward order by ward limit 4 offset 4;
-- deciles of wards
select ward, count(*) as homes, ntile(4) over (order by count(*)) as quarter from housing group by ward order by homes, ward;
