"""Locks of PostgreSQL: a number that two kinds share lets them wait for each other."""

from imd_campaign import db
from imd_campaign.campaign_files import service as files_service
from imd_campaign.events.index import store as index_store
from imd_campaign.petitions import counting
from imd_campaign.petitions.invalidation import service as invalidation
from imd_campaign.staff import login_limits
from imd_campaign.submissions import locks


def test_no_two_locks_have_one_number():
    numbers = [
        db.MIGRATION_LOCK,
        locks.PROCESSING_LOCK,
        counting.COUNTING_LOCK,
        index_store.INDEX_LOCK,
        invalidation.INVALIDATION_LOCK,
        login_limits.LOCK,
        files_service.LOCK,
    ]
    assert sorted(numbers) == sorted(set(numbers))
