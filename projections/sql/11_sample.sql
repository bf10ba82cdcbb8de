-- 双随机: what may be drawn, and each sample as it stands.

-- Everything of the four kinds, with the regions that it lies in.
create view known.sample_member as
select 'household' as population, household as member, region
from (select distinct on (household) household, region from known.household_registered order by household, position) h
union all
select 'contract', contract_no, region from known.contract_committed
union all
select 'provider', provider, region from known.contract_committed
union all
select 'batch', batch_no, region from known.roll_released;

-- The first of each step counts: a second one is a report of something that should not have happened.
create view known.sample as
select c.sample_no, c.region, c.population, c.programme, c.size, c.inspectors_per_subject, c.algorithm, c.seed_sha256,
       c.held_by, c.committed_on, c.position as committed_position,
       f.frozen_on, f.position as frozen_position, f.known_position, f.population_size, f.population_sha256,
       f.inspectors as roster, f.inspector_regions as roster_regions, f.inspector_pseudonyms as roster_pseudonyms,
       f.roster_sha256,
       d.drawn_on, d.position as drawn_position, d.seeds, d.frozen_leaf, d.population_sha256 as drawn_sha256,
       d.subjects, d.inspectors,
       case when d.position is not null then 'drawn' when f.position is not null then 'frozen' else 'committed' end
           as state
from (select distinct on (sample_no) * from known.sample_committed order by sample_no, position) c
left join (select distinct on (sample_no) * from known.population_frozen order by sample_no, position) f using (sample_no)
left join (select distinct on (sample_no) * from known.sample_drawn order by sample_no, position) d using (sample_no);
