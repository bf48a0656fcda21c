"""Training: one step, the loop over many, and a whole run as a process that pages can watch.

`loss` is one step, `loop` an iterator of reports, `pipeline` goes from a configuration to a
checkpoint, `runs` is the directory it leaves, and `job` the process.
"""
