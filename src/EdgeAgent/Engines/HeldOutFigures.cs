using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>How good an adapter is on held-out examples; what does not belong to the kind of learning is absent.</summary>
/// <param name="Loss">Mean cross-entropy in nats: of an example, or of a token of a language model.</param>
public sealed record HeldOutFigures(double Loss)
{
    /// <summary>Share labelled right, 0 … 1.</summary>
    public double? Accuracy { get; init; }

    /// <summary>0 … 1.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>Cross-entropy in bits a byte of text.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Tokens predicted.</summary>
    public long? Tokens { get; init; }

    /// <summary>Examples by label. Not what a trainer of the owner's says: only what was counted here.</summary>
    [JsonIgnore]
    public LabelCounts? ByLabel { get; init; }
}
