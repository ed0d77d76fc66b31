using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// What the portable engine does to train in less memory. The mathematics of a training stays the same, but for <see cref="Storage"/>.
/// </summary>
public sealed record MemorySavings
{
    /// <summary><see cref="ShardTokens"/> where memory is not short: enough rows for matrix products to run at full speed.</summary>
    public const int UsualShardTokens = 512;

    /// <summary>None: the fastest.</summary>
    public static MemorySavings None { get; } = new();

    /// <summary>
    /// Whether forward keeps the outputs of layers only and backward computes what lies inside a layer once more: about a third more time, the same
    /// bits.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>
    /// Tokens whose activations a thread holds at once, 1 … 65536; a sequence is never cut, so a longer one is held whole. Gradients of the parts
    /// of a batch are summed, so fewer tokens change the last places of the result: it is a part of what a training is.
    /// </summary>
    public int ShardTokens { get; init; } = UsualShardTokens;

    /// <summary>
    /// A storage that rounds, to hold the base weights in while this training lasts; null (the default): as the model holds them. What is learnt on
    /// rounded weights differs by the rounding, so this, too, is a part of what a training is.
    /// </summary>
    public WeightStorage? Storage { get; init; }

    /// <summary>Nothing: a plan's text identifies a training, and is that of plans before there were savings.</summary>
    public override string ToString() => "";
}
