-- how many homes of each tenancy
select tenancy, count(*) as homes from housing group by tenancy order by homes desc;
-- arrears by ward
select ward, count(*) as homes, sum(arrears) as total, avg(arrears) as mean from housing group by ward order by total desc;
-- the share of homes in arrears, by tenancy
select tenancy, avg(case when arrears > 0 then 1 else 0 end) as share_in_arrears, count(*) as homes from housing group by tenancy;
-- the same share with FILTER
select ward, count(*) filter (where arrears > 0) * 100.0 / count(*) as percent from housing group by ward order by percent desc;
-- median arrears of those who owe
select tenancy, median(arrears) as middle from housing where arrears > 0 group by tenancy;
-- quartiles and the ninetieth percentile
select quantile_cont(arrears, 0.25) as q1, quantile_cont(arrears, 0.75) as q3, quantile_cont(arrears, 0.9) as p90 from housing where arrears > 0;
-- how spread out arrears are
select tenancy, stddev(arrears) as spread, avg(arrears) as mean from housing where arrears > 0 group by tenancy;
-- people by age band
select case when age_in_years(dob) < 20 then 'under 20' when age_in_years(dob) < 65 then '20 to 64' else '65 and over' end as band, count(*) as people
from person group by 1 order by 1;
-- five-year ages as they are known
select age_in_years(dob) as age, count(*) as people from person group by age order by age;
-- the everyday idiom for an age
select date_diff('year', dob, current_date) >= 65 as older, count(*) as people from person group by 1;
-- sex and ethnicity
select sex, ethnicity, count(*) as people from person group by sex, ethnicity order by sex, people desc;
-- postcode districts
select postcode, count(*) as people from person group by postcode order by people desc limit 5;
-- three tables: people with dementia by ward and what their homes owe
select h.ward, count(distinct c.person_id) as people, round(avg(h.arrears), 0) as arrears
from social_care c join person p using (person_id) join housing h using (uprn) where c.need = 'dementia' group by h.ward;
-- needs by sex
select p.sex, c.need, count(distinct p.person_id) as people from person p join social_care c on c.person_id = p.person_id group by 1, 2 order by 1, 2;
-- cost of care by need
select need, count(*) as spells, count(distinct person_id) as people, sum(cost) as cost, sum(cost) / count(distinct person_id) as per_person
from social_care group by need order by cost desc;
-- spells a person
with per_person as (select person_id, count(*) as spells, sum(cost) as cost from social_care group by person_id)
select spells, count(*) as people, avg(cost) as mean_cost from per_person group by spells order by spells;
-- the same without naming the key
select spells, count(*) as people from (select count(*) as spells from social_care group by person_id) as s group by spells;
-- people with more than one spell
with often as (select person_id from social_care group by person_id having count(*) > 1)
select p.sex, count(*) as people from person p join often using (person_id) group by p.sex;
-- household size
with homes as (select uprn, count(*) as residents from person group by uprn) select residents, count(*) as homes from homes group by residents order by 1;
-- household size by tenancy
with homes as (select uprn, count(*) as residents from person group by uprn)
select h.tenancy, avg(residents) as mean_size, count(*) as homes from homes join housing h using (uprn) group by h.tenancy;
-- new care by month
select start_date as month, count(*) as spells from social_care group by 1 order by 1;
-- new care by year and need
select year(start_date) as year, need, count(distinct person_id) as people from social_care group by 1, 2 order by 1, 2;
-- a running total above the measure
select month, starts, sum(starts) over (order by month) as so_far
from (select date_trunc('quarter', start_date) as month, count(*) as starts from social_care group by 1) as q order by month;
-- change on the quarter before
with q as (select date_trunc('quarter', start_date) as quarter, count(*) as starts from social_care group by 1)
select quarter, starts, starts - lag(starts) over (order by quarter) as change from q order by quarter;
-- ranks of wards
select ward, sum(arrears) as total, rank() over (order by sum(arrears) desc) as place from housing group by ward order by place;
-- each ward's share of all arrears
select ward, sum(arrears) as total, 100.0 * sum(arrears) / sum(sum(arrears)) over () as percent from housing group by ward order by percent desc;
-- totals of totals
select ward, tenancy, count(*) as homes from housing group by rollup (ward, tenancy) order by ward, tenancy;
-- a cube with GROUPING
select grouping(tenancy) as is_total, tenancy, count(*) as homes from housing group by cube (tenancy);
-- incidents by category
select category, count(*) as incidents, count(distinct person_id) as people from police_incident group by category order by incidents desc;
-- incidents by month
select occurred_on as month, count(*) as incidents from police_incident group by 1 order by 1;
-- domestic incidents and arrears
select i.category = 'domestic' as domestic, count(distinct p.person_id) as people, avg(h.arrears) as mean_arrears
from police_incident i join person p using (person_id) join housing h using (uprn) group by 1;
-- known to both care and police
select count(*) as people from person p
where p.person_id in (select person_id from social_care) and exists (select 1 from police_incident i where i.person_id = p.person_id);
-- in care but not known to the police
select sex, count(*) as people from person where person_id in (select person_id from social_care) and person_id not in (select person_id from police_incident) group by sex;
-- people without care, by left join
select p.sex, count(*) as people from person p left join social_care c on c.person_id = p.person_id where c.person_id is null group by p.sex;
-- absence by school year
select school_year, count(*) as pupils, avg(absence_pct) as mean_absence from school group by school_year order by school_year;
-- persistent absence by tenancy
select h.tenancy, avg(case when s.absence_pct >= 10 then 1 else 0 end) as persistent, count(*) as pupils
from school s join person p using (person_id) join housing h using (uprn) group by h.tenancy;
-- absence against arrears
select corr(s.absence_pct, h.arrears) as correlation from school s join person p using (person_id) join housing h using (uprn);
-- absence in homes with arrears
select case when h.arrears > 0 then 'owes' else 'does not' end as owing, avg(s.absence_pct) as mean_absence, count(*) as pupils
from school s join person p using (person_id) join housing h using (uprn) group by 1;
-- council tax by band
select band, count(*) as homes, avg(balance) as mean_balance from council_tax group by band order by band;
-- both debts
select h.tenancy, count(*) as homes, sum(h.arrears + t.balance) as owed
from housing h join person p using (uprn) join council_tax t on t.uprn = p.uprn group by h.tenancy;
-- compare wards with the whole
with w as (select ward, avg(arrears) as mean from housing group by ward), whole as (select avg(arrears) as mean from housing)
select w.ward, w.mean, w.mean / whole.mean as ratio from w cross join whole order by ratio desc;
-- only large groups, after protection
select ward, tenancy, count(*) as homes from housing group by ward, tenancy having count(*) >= 50 order by homes desc;
-- two summaries under each other
select 'ward' as what, ward as name, count(*) as homes from housing group by ward union all select 'all', 'all', count(*) from housing;
-- names with their organisation
select p.sex, count(*) as people from northbank.person as p where p.sex in ('F', 'M') group by p.sex;
-- everything quoted
select "tenancy", count(*) as "number of homes" from "northbank"."housing" group by "tenancy" order by "number of homes" desc;
-- distinct values as groups
select distinct tenancy from housing order by tenancy;
-- numbers of different values
select count(distinct ward) as wards, count(*) as homes from housing;
-- care of older people in rented homes
select h.tenancy, c.need, count(distinct c.person_id) as people, sum(c.cost) as cost from social_care c
join person p using (person_id) join housing h using (uprn) where age_in_years(p.dob) >= 65 and h.tenancy <> 'owner' group by all order by 1, 2;
