namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Ends a coordinator at a failpoint.</summary>
public sealed class SimulatedCrashException : Exception;
