namespace EdgeFlora.EdgeAgent.Models;

/// <summary>How far the fetching of a model is.</summary>
/// <param name="Bytes">What is here.</param>
/// <param name="Total">Bytes of its archive.</param>
/// <param name="Waiting">What is waited for, in a few words; null: for nothing but the link.</param>
internal sealed record ModelFetching(long Bytes, long Total, string? Waiting = null);
