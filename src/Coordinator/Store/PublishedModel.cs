namespace EdgeFlora.Coordinator.Store;

/// <summary>The round whose model is the run's.</summary>
/// <param name="Reason">Why, in a sentence; null: it is the newest, as nothing else was asked.</param>
internal sealed record PublishedModel(int Round, string? Reason);
