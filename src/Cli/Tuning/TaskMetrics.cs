namespace EdgeFlora.Cli.Tuning;

/// <summary>How good an adapter is at its task.</summary>
/// <param name="Figures">For JSON; its properties depend on the task.</param>
/// <param name="Line">The same for people, on one line.</param>
internal sealed record TaskMetrics(object Figures, string Line);
