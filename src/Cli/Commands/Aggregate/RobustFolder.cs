namespace EdgeFlora.Cli.Commands.Aggregate;

/// <summary>One folder of <see cref="AggregateRobustness"/>.</summary>
/// <param name="Folder">As given.</param>
/// <param name="Asked">Its share by its weight, 0 … 1.</param>
/// <param name="Used">Its share after the rule; all together may be below 1.</param>
/// <param name="Length">Frobenius length of its change, all modules together; null where it was not measured.</param>
/// <param name="Clip">Factor its change was shortened by; 1 for untouched.</param>
internal sealed record RobustFolder(string Folder, double Asked, double Used, double? Length, double Clip);
