/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving a page of one's own to another NUMA node (move_pages(2)): what makes the kernel replace it while it is in use. */
#ifndef HF_SYSTEM_MIGRATE_H
#define HF_SYSTEM_MIGRATE_H

/**
 * hf_migrate() - the page at @p, with all of the folio that it begins, goes to the next node that has memory
 *
 * A page that several processes map goes too, where the caller may (MPOL_MF_MOVE_ALL, CAP_SYS_NICE).
 *
 * Return: 0; -ENODEV with memory on one node only, -ENOENT when no page is there, -EBUSY when it was not moved (somebody holds it, no memory there), other -errno of move_pages(2).
 */
int hf_migrate(void *p);

#endif
