using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class AttentionGradientTests
{
    private static readonly int[] Starts = [0, 1, 6, 9];

    [Fact]
    public void Attention_within_sequences_of_different_lengths() => GradientCheck.Run(new Attention(Starts, AttentionShape.Full(2)), classes: 6);

    [Theory]
    [InlineData(2, 2, null)]
    [InlineData(4, 2, null)]
    [InlineData(3, 1, null)]
    [InlineData(4, 2, 2)]
    [InlineData(2, 2, 3)]
    public void Causal_attention_with_shared_key_heads_and_windows(int heads, int keyHeads, int? window) =>
        GradientCheck.Run(new Attention(Starts, new AttentionShape(heads, keyHeads, causal: true, window)), classes: 3 * heads);

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    [InlineData(70)]
    public void Causal_attention_over_several_blocks_of_queries(int? window) =>
        GradientCheck.Run(new Attention([0, 131, 134], new AttentionShape(4, 2, causal: true, window)), classes: 12, checkedPerTensor: 12);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rotary(bool interleaved) => GradientCheck.Run(new Rotation(interleaved), classes: 76);

    /// <summary>Heads of three values.</summary>
    private sealed class Attention : IGraph
    {
        private readonly int[] starts;
        private readonly AttentionShape shape;
        private readonly Parameter query;
        private readonly Parameter key;
        private readonly Parameter value;

        public Attention(int[] starts, AttentionShape shape)
        {
            (this.starts, this.shape) = (starts, shape);
            query = Layout.Declare("query", starts[^1], 3 * shape.Heads);
            key = Layout.Declare("key", starts[^1], 3 * shape.KeyHeads);
            value = Layout.Declare("value", starts[^1], 3 * shape.KeyHeads);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops) => ops.Attention(GradientCheck.Input(ops, query), GradientCheck.Input(ops, key), GradientCheck.Input(ops, value), shape, starts);
    }

    /// <summary>Two heads of 38 values: whole vectors of the processor and a rest.</summary>
    private sealed class Rotation : IGraph
    {
        private static readonly int[] Positions = [0, 0, 1, 2, 3, 70, 0, 1, 2];
        private readonly Parameter table;
        private readonly RotaryTable angles;

        public Rotation(bool interleaved)
        {
            table = Layout.Declare("table", 9, 76);
            angles = new RotaryTable([.. Enumerable.Range(0, 19).Select(i => Math.Pow(100, -i / 19.0))], interleaved, scale: 1.25);
        }

        public ModelLayout Layout { get; } = new();

        public T Forward<T>(IOperations<T> ops)
        {
            T x = GradientCheck.Input(ops, table);
            return ops.Add(ops.Rotary(x, heads: 2, angles, Positions), ops.Multiply(x, ops.Rotary(x, heads: 2, angles, Positions)));
        }
    }
}
