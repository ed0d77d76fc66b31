namespace EdgeFlora.Contracts.Api;

/// <summary>A part of a list.</summary>
/// <param name="Next">What to ask for to get the next part; absent: this was the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
