using System.Numerics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>Rotation of the pairs of every head: (x, y) → (x·cos − y·sin, y·cos + x·sin).</summary>
internal static class RotaryKernel
{
    /// <param name="x">[tokens × heads·2·pairs].</param>
    /// <param name="positions">[tokens].</param>
    /// <param name="direction">1 for the rotation, −1 for the opposite one, which takes gradients back.</param>
    /// <param name="accumulate">Whether to add to what <paramref name="y"/> holds.</param>
    public static void Rotate(ReadOnlySpan<float> x, int heads, RotaryTable table, ReadOnlySpan<int> positions, float direction, Span<float> y, bool accumulate)
    {
        int pairs = table.Pairs;
        (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = table.Rows(Highest(positions) + 1);
        for (int i = 0; i < positions.Length * heads; i++)
        {
            int row = positions[i / heads] * pairs;
            ReadOnlySpan<float> source = x.Slice(2 * pairs * i, 2 * pairs);
            Span<float> target = y.Slice(2 * pairs * i, 2 * pairs);
            ReadOnlySpan<float> cosine = cosines.Span.Slice(row, pairs);
            ReadOnlySpan<float> sine = sines.Span.Slice(row, pairs);
            if (table.Interleaved)
            {
                RotateNeighbours(source, cosine, sine, direction, target, accumulate);
            }
            else
            {
                RotateHalves(source, cosine, sine, direction, target, accumulate);
            }
        }
    }

    private static int Highest(ReadOnlySpan<int> positions)
    {
        int highest = -1;
        foreach (int position in positions)
        {
            highest = Math.Max(highest, position);
        }

        return highest;
    }

    private static void RotateHalves(
        ReadOnlySpan<float> x, ReadOnlySpan<float> cosine, ReadOnlySpan<float> sine, float direction, Span<float> y, bool accumulate)
    {
        int pairs = cosine.Length;
        int i = 0;
        for (; i <= pairs - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (c, s) = (new Vector<float>(cosine[i..]), new Vector<float>(sine[i..]) * direction);
            var (first, second) = (new Vector<float>(x[i..]), new Vector<float>(x[(pairs + i)..]));
            Put((first * c) - (second * s), y[i..], accumulate);
            Put((second * c) + (first * s), y[(pairs + i)..], accumulate);
        }

        for (; i < pairs; i++)
        {
            float s = sine[i] * direction;
            Put((x[i] * cosine[i]) - (x[pairs + i] * s), ref y[i], accumulate);
            Put((x[pairs + i] * cosine[i]) + (x[i] * s), ref y[pairs + i], accumulate);
        }
    }

    private static void RotateNeighbours(
        ReadOnlySpan<float> x, ReadOnlySpan<float> cosine, ReadOnlySpan<float> sine, float direction, Span<float> y, bool accumulate)
    {
        for (int i = 0; i < cosine.Length; i++)
        {
            float s = sine[i] * direction;
            (float first, float second) = (x[2 * i], x[(2 * i) + 1]);
            Put((first * cosine[i]) - (second * s), ref y[2 * i], accumulate);
            Put((second * cosine[i]) + (first * s), ref y[(2 * i) + 1], accumulate);
        }
    }

    private static void Put(Vector<float> value, Span<float> target, bool accumulate) =>
        (accumulate ? new Vector<float>(target) + value : value).CopyTo(target);

    private static void Put(float value, ref float target, bool accumulate) => target = accumulate ? target + value : value;
}
