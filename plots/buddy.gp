# SPDX-License-Identifier: GPL-2.0-or-later
# Until munmap returns, and until its memory is back in the buddy allocator: drawn as distributions. Called with data, out and term; see style.gp.
call ARG0[1:strlen(ARG0) - strlen("buddy.gp")]."ecdf.gp"
