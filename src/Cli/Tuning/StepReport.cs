namespace EdgeFlora.Cli.Tuning;

/// <summary>Where a training stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss of the last steps (up to 20), nats.</param>
/// <param name="TokensPerSecond">Since this process began to train.</param>
internal readonly record struct StepReport(int Step, int Steps, double Loss, double TokensPerSecond);
