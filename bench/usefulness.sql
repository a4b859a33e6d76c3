-- people by ward
-- outputs: people count
SELECT ward, count(*) AS people FROM resident GROUP BY ward;
-- people by ward and sex, distinct
-- outputs: people count
SELECT ward, sex, count(DISTINCT person_id) AS people FROM resident GROUP BY ward, sex ORDER BY ward, sex;
-- people by five-year ages
-- outputs: people count
SELECT age_in_years(date_of_birth) AS age, count(*) AS people FROM resident GROUP BY 1 ORDER BY 1;
-- people in broad ages, by tenancy
-- outputs: people count
SELECT tenancy, CASE WHEN age_in_years(date_of_birth) < 20 THEN 'young' WHEN age_in_years(date_of_birth) < 60 THEN 'working age' ELSE 'older' END AS ages,
count(*) AS people FROM resident GROUP BY 1, 2;
-- arrears by ward
-- outputs: total sum
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, sum(arrears) AS total FROM resident GROUP BY ward ORDER BY total DESC;
-- mean arrears by ward
-- outputs: mean mean
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, avg(arrears) AS mean FROM resident GROUP BY ward;
-- median debt by ward
-- outputs: middle median
-- behind: count(*)
SELECT ward, median(arrears) AS middle FROM resident WHERE arrears > 0 GROUP BY ward;
-- quartiles of debt by tenancy
-- outputs: lower quantile, upper quantile
-- behind: count(*)
SELECT tenancy, quantile_cont(arrears, 0.25) AS lower, quantile_cont(arrears, 0.75) AS upper FROM resident WHERE arrears > 0 GROUP BY tenancy;
-- ninetieth percentile of cost by ward
-- outputs: p90 quantile
-- behind: count(*)
SELECT ward, quantile_cont(cost, 0.9) AS p90 FROM resident WHERE cost > 0 GROUP BY ward;
-- share in arrears by ward
-- outputs: share share
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, avg(CASE WHEN arrears > 0 THEN 1.0 ELSE 0.0 END) AS share FROM resident GROUP BY ward;
-- percent in arrears by age, with FILTER
-- outputs: percent share
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT age_in_years(date_of_birth) AS age, 100.0 * count(*) FILTER (WHERE arrears > 0) / count(*) AS percent FROM resident GROUP BY 1 ORDER BY 1;
-- people owing more than 500 by ward
-- outputs: people count
SELECT ward, count(*) AS people FROM resident WHERE arrears > 500 GROUP BY ward ORDER BY ward;
-- people owing more than 750 by ward
-- outputs: people count
SELECT ward, count(*) FILTER (WHERE arrears > 750) AS people FROM resident GROUP BY ward;
-- debt in bands by tenancy
-- outputs: people count
SELECT tenancy, CASE WHEN arrears <= 0 THEN 'nothing' WHEN arrears <= 200 THEN 'to 200' WHEN arrears <= 1000 THEN 'to 1,000' ELSE 'more' END AS owing,
count(*) AS people FROM resident GROUP BY 1, 2 ORDER BY 1, 2;
-- arrears by ten-year age and sex
-- outputs: total sum
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT floor(age_in_years(date_of_birth) / 10) * 10 AS age, sex, sum(arrears) AS total FROM resident GROUP BY 1, 2 ORDER BY 1, 2;
-- mean arrears by ward and tenancy
-- outputs: mean mean
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, tenancy, avg(arrears) AS mean FROM resident GROUP BY ward, tenancy;
-- arrears by ward and tenancy
-- outputs: total sum
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, tenancy, sum(arrears) AS total FROM resident GROUP BY ALL;
-- median debt by age
-- outputs: middle median
-- behind: count(*)
SELECT age_in_years(date_of_birth) AS age, median(arrears) AS middle FROM resident WHERE arrears > 0 GROUP BY 1;
-- share owing over 1,000 by tenancy and sex
-- outputs: share share
-- behind: sum(CASE WHEN arrears > 1000 THEN 1 ELSE 0 END)
SELECT tenancy, sex, sum(CASE WHEN arrears > 1000 THEN 1 ELSE 0 END) * 1.0 / count(*) AS share FROM resident GROUP BY tenancy, sex;
-- renters' arrears by ward
-- outputs: total sum, people count
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, sum(arrears) AS total, count(*) AS people FROM resident WHERE tenancy IN ('council', 'private') GROUP BY ward;
-- mean arrears of owners in arrears, by sex
-- outputs: mean mean
-- behind: count(*)
SELECT sex, avg(arrears) AS mean FROM resident WHERE tenancy = 'owner' AND arrears > 0 GROUP BY sex;
-- women of working age in arrears by ward
-- outputs: people count
SELECT ward, count(*) AS people FROM resident WHERE sex = 'F' AND age_in_years(date_of_birth) BETWEEN 20 AND 59 AND owes = 'yes' GROUP BY ward;
-- who owes by ethnicity
-- outputs: people count
SELECT ethnicity, owes, count(*) AS people FROM resident GROUP BY ethnicity, owes ORDER BY ethnicity, owes;
-- cost of care by ward
-- outputs: total sum
-- behind: count(*) FILTER (WHERE cost > 0)
SELECT ward, sum(cost) AS total FROM resident GROUP BY ward;
-- cost a user by ward, through NULLIF
-- outputs: a_user mean
-- behind: count(*) FILTER (WHERE cost > 0)
SELECT ward, sum(cost) / nullif(count(*) FILTER (WHERE cost > 0), 0) AS a_user FROM resident GROUP BY ward;
-- mean cost by age and sex
-- outputs: mean mean
-- behind: count(*) FILTER (WHERE cost > 0)
SELECT age_in_years(date_of_birth) AS age, sex, avg(cost) AS mean FROM resident GROUP BY 1, 2;
-- median cost by tenancy
-- outputs: middle median
-- behind: count(*)
SELECT tenancy, median(cost) AS middle FROM resident WHERE cost > 0 GROUP BY tenancy ORDER BY middle DESC;
-- contacts a person
-- outputs: people count
SELECT least(contacts, 4) AS contacts, count(*) AS people FROM resident GROUP BY 1 ORDER BY 1;
-- mean contacts by age and sex
-- outputs: mean mean
-- behind: count(*) FILTER (WHERE contacts > 0)
SELECT floor(age_in_years(date_of_birth) / 10) AS decade, sex, avg(contacts) AS mean FROM resident GROUP BY 1, 2;
-- share with three contacts and more by ward and tenancy
-- outputs: share share
-- behind: count(*) FILTER (WHERE contacts >= 3)
SELECT ward, tenancy, avg(CASE WHEN contacts >= 3 THEN 1 ELSE 0 END) AS share FROM resident GROUP BY ward, tenancy;
-- wards with most people in arrears, the first five
-- outputs: people count
SELECT ward, count(*) AS people FROM resident WHERE owes = 'yes' GROUP BY ward ORDER BY people DESC LIMIT 5;
-- wards where the mean is over 150
-- outputs: mean mean
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, avg(arrears) AS mean FROM resident GROUP BY ward HAVING avg(arrears) > 150;
-- totals of totals
-- outputs: people count
SELECT ward, tenancy, count(*) AS people FROM resident WHERE arrears > 0 GROUP BY ROLLUP (ward, tenancy);
-- each ward's share of all arrears
-- outputs: percent share
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, 100.0 * sum(arrears) / sum(sum(arrears)) OVER () AS percent FROM resident GROUP BY ward ORDER BY percent DESC;
-- wards against the whole
-- outputs: ratio share
-- behind: w.n
WITH w AS (SELECT ward, avg(arrears) AS mean, count(*) FILTER (WHERE arrears > 0) AS n FROM resident GROUP BY ward), whole AS (SELECT avg(arrears) AS mean FROM resident)
SELECT w.ward, w.mean / whole.mean AS ratio FROM w CROSS JOIN whole;
-- arrears last year by ward
-- outputs: total sum
-- behind: count(*) FILTER (WHERE arrears_last_year > 0)
SELECT ward, sum(arrears_last_year) AS total FROM resident GROUP BY ward;
-- share in arrears last year by tenancy
-- outputs: share share
-- behind: count(*) FILTER (WHERE arrears_last_year > 0)
SELECT tenancy, avg(CASE WHEN arrears_last_year > 0 THEN 1 ELSE 0 END) AS share FROM resident GROUP BY tenancy;
-- change of arrears on last year by ward
-- outputs: change change
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, sum(arrears) / nullif(sum(arrears_last_year), 0) AS change FROM resident GROUP BY ward;
-- change of the mean debt by tenancy, in per cent
-- outputs: percent_of_last change
-- behind: t.n
WITH t AS (SELECT tenancy, avg(arrears) AS now, avg(arrears_last_year) AS before, count(*) FILTER (WHERE arrears > 0) AS n FROM resident GROUP BY tenancy)
SELECT tenancy, 100.0 * now / nullif(before, 0) AS percent_of_last FROM t;
-- do debt and cost go together
-- outputs: correlation correlation
SELECT corr(arrears, cost) AS correlation FROM resident;
-- the same by tenancy
-- outputs: correlation correlation
SELECT tenancy, corr(arrears, cost) AS correlation FROM resident GROUP BY tenancy;
-- how spread out debts are
-- outputs: spread spread
-- behind: count(*)
SELECT tenancy, stddev(arrears) AS spread FROM resident WHERE arrears > 0 GROUP BY tenancy;
-- first care by month
-- outputs: people count
SELECT start_month, count(*) AS people FROM resident WHERE start_month IS NOT NULL GROUP BY start_month ORDER BY start_month;
-- first care by quarter and ward
-- outputs: people count
SELECT date_trunc('quarter', start_month) AS quarter, ward, count(*) AS people FROM resident WHERE start_month IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
-- running total of first care
-- outputs: so_far running
SELECT start_month, sum(people) OVER (ORDER BY start_month) AS so_far
FROM (SELECT start_month, count(*) AS people FROM resident WHERE start_month IS NOT NULL GROUP BY start_month) AS by_month ORDER BY start_month;
-- first care, year on year
-- outputs: people count
SELECT year(start_month) AS year, quarter(start_month) AS quarter, count(*) AS people FROM resident WHERE start_month IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
-- people with each need
-- outputs: people count
SELECT need, count(DISTINCT person_id) AS people FROM spell GROUP BY need ORDER BY people DESC;
-- people with each need by ward
-- outputs: people count
SELECT r.ward, s.need, count(DISTINCT s.person_id) AS people FROM spell s JOIN resident r USING (person_id) GROUP BY 1, 2 ORDER BY 1, 2;
-- people with each need by age and sex
-- outputs: people count
SELECT floor(age_in_years(r.date_of_birth) / 10) AS decade, r.sex, s.need, count(DISTINCT r.person_id) AS people
FROM resident r JOIN spell s ON s.person_id = r.person_id GROUP BY 1, 2, 3;
-- spells a person
-- outputs: people count
WITH each_person AS (SELECT person_id, count(*) AS spells FROM spell GROUP BY person_id)
SELECT CASE WHEN spells >= 4 THEN 4 ELSE spells END AS spells, count(*) AS people FROM each_person GROUP BY 1 ORDER BY 1;
-- cost a person in bands
-- outputs: people count
WITH each_person AS (SELECT person_id, sum(cost) AS cost FROM spell GROUP BY person_id)
SELECT CASE WHEN cost <= 200 THEN 'to 200' WHEN cost <= 500 THEN 'to 500' WHEN cost <= 1000 THEN 'to 1,000' ELSE 'more' END AS spent, count(*) AS people FROM each_person GROUP BY 1;
-- quartiles of the cost a person
-- outputs: lower quantile, middle median, upper quantile
SELECT quantile_cont(cost, 0.25) AS lower, median(cost) AS middle, quantile_cont(cost, 0.75) AS upper
FROM (SELECT sum(cost) AS cost FROM spell GROUP BY person_id) AS each_person;
-- people with more than one spell by sex
-- outputs: people count
SELECT r.sex, count(*) AS people FROM resident r JOIN (SELECT person_id FROM spell GROUP BY person_id HAVING count(*) > 1) often USING (person_id) GROUP BY r.sex;
-- known to the police by ward
-- outputs: people count
SELECT ward, count(*) AS people FROM resident WHERE person_id IN (SELECT person_id FROM known) GROUP BY ward;
-- rate a thousand known to the police, by tenancy
-- outputs: a_thousand share
-- behind: k.n
WITH everybody AS (SELECT tenancy, count(*) AS n FROM resident GROUP BY tenancy),
k AS (SELECT r.tenancy, count(DISTINCT r.person_id) AS n FROM resident r JOIN known USING (person_id) GROUP BY r.tenancy)
SELECT everybody.tenancy, 1000.0 * k.n / everybody.n AS a_thousand FROM everybody JOIN k ON k.tenancy = everybody.tenancy;
-- has care and is known to the police
-- outputs: people count
SELECT count(*) AS people FROM resident r WHERE EXISTS (SELECT 1 FROM spell s WHERE s.person_id = r.person_id) AND r.person_id IN (SELECT person_id FROM known);
-- in arrears and known to the police, by tenancy
-- outputs: people count
SELECT tenancy, count(*) AS people FROM resident WHERE owes = 'yes' AND person_id IN (SELECT person_id FROM known) GROUP BY tenancy;
-- arrears of those with care, by ward
-- outputs: total sum
-- behind: count(*) FILTER (WHERE arrears > 0)
SELECT ward, sum(arrears) AS total FROM resident WHERE person_id IN (SELECT person_id FROM spell) GROUP BY ward;
-- median debt of those with care
-- outputs: middle median
-- behind: count(*)
SELECT tenancy, median(arrears) AS middle FROM resident r WHERE arrears > 0 AND EXISTS (SELECT 1 FROM spell s WHERE s.person_id = r.person_id) GROUP BY tenancy;
-- people without care by age, by left join
-- outputs: people count
SELECT age_in_years(r.date_of_birth) AS age, count(DISTINCT r.person_id) AS people FROM resident r LEFT JOIN spell s ON s.person_id = r.person_id
WHERE s.person_id IS NULL GROUP BY 1 ORDER BY 1;
