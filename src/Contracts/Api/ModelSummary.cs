namespace EdgeFlora.Contracts.Api;

/// <summary>A base model that runs can name.</summary>
/// <param name="Name">What a spec's <c>model</c> says.</param>
/// <param name="Family">Its <c>model_type</c>: <c>bert</c>, <c>llama</c>, …</param>
/// <param name="Bytes">Size of its weights.</param>
public sealed record ModelSummary(string Name, string Family, long Bytes);
