"""Sampling for audit 审计抽样: populations as the log gives them, samples, their check and their working paper."""
