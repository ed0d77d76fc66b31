namespace EdgeFlora.Benchmarks;

/// <summary>Units of work per second over many turns.</summary>
internal readonly record struct Rate(double Median, double Best);
