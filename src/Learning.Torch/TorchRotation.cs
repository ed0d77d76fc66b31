using EdgeFlora.Learning.Kernels;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace EdgeFlora.Learning.Torch;

/// <summary>The cosines and sines of a batch's positions on the device, fp32. Lives within one dispose scope.</summary>
internal sealed class TorchRotation
{
    private readonly RotaryTable table;
    private readonly ReadOnlyMemory<int> positions;
    private readonly Tensor cosines;
    private readonly Tensor sines;

    /// <param name="positions">Place of each token in its sequence, from 0.</param>
    public TorchRotation(RotaryTable table, ReadOnlyMemory<int> positions, Device device)
    {
        (this.table, this.positions) = (table, positions);
        int first = TensorPrimitives.Min(positions.Span), rows = TensorPrimitives.Max(positions.Span) + 1 - first;
        (ReadOnlyMemory<float> cosine, ReadOnlyMemory<float> sine) = table.Rows(first + rows);

        // A text that goes on needs the angles of its last token, not those of all before it.
        Tensor places = tensor(positions.ToArray(), device: device).sub(Scalars.Of(first));
        Tensor OfTokens(ReadOnlyMemory<float> angles) =>
            tensor(angles.Slice(first * table.Pairs, rows * table.Pairs).ToArray(), [rows, table.Pairs], device: device)
                .index_select(0, places).unsqueeze(1);
        (cosines, sines) = (OfTokens(cosine), OfTokens(sine));
    }

    /// <summary>Whether these are the angles of a table at some positions.</summary>
    public bool Of(RotaryTable other, ReadOnlyMemory<int> places) => ReferenceEquals(table, other) && positions.Equals(places);

    /// <summary>Rotates the pairs of every head: [tokens × heads·width] to the same shape.</summary>
    public Tensor Apply(Tensor input, int heads)
    {
        (long tokens, long columns) = (input.shape[0], input.shape[1]);

        // A pair's two values along one dimension: neighbours, or one from each half of the head.
        long[] paired = table.Interleaved ? [tokens, heads, table.Pairs, 2] : [tokens, heads, 2, table.Pairs];
        int dimension = table.Interleaved ? 3 : 2;
        Tensor x = input.to(ScalarType.Float32).reshape(paired);
        (Tensor first, Tensor second) = (x.select(dimension, 0), x.select(dimension, 1));
        Tensor rotated = stack([first.mul(cosines).sub(second.mul(sines)), first.mul(sines).add(second.mul(cosines))], dimension);
        return rotated.reshape(tokens, columns).to(input.dtype);
    }
}
