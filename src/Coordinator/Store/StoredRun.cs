namespace EdgeFlora.Coordinator.Store;

/// <summary>A run's row in the catalogue.</summary>
/// <param name="Config">Its settings as JSON.</param>
/// <param name="Entry">What the catalogue knows besides, as JSON.</param>
internal sealed record StoredRun(string Run, string Name, string Config, string State, string? Detail, string? Entry);
