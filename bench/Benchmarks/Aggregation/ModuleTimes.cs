namespace EdgeFlora.Benchmarks.Aggregation;

/// <summary>Median milliseconds of averaging, of the best product and of FLoRA-NA's scalars.</summary>
internal sealed record ModuleTimes(double Averaging, double Optimal, double FloraNa);
