using System.Runtime.CompilerServices;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Copies a strip of a matrix into the order in which a kernel reads it.</summary>
internal static unsafe class Panel
{
    /// <summary>Lays out [steps × lanes] step after step, <paramref name="width"/> values a step, filled up with zeros.</summary>
    /// <param name="source">Steps down the rows, lanes across the columns.</param>
    /// <param name="lanes">Columns to copy, at most <paramref name="width"/>.</param>
    /// <param name="width">Values a step in the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(Strided source, nint steps, nint lanes, nint width, float* panel)
    {
        nint step = 0;
        if (source.ColumnStride == 1)
        {
            for (; step < steps; step++)
            {
                float* target = panel + (step * width);
                new ReadOnlySpan<float>(source.At(step, 0), (int)lanes).CopyTo(new Span<float>(target, (int)width));
                new Span<float>(target + lanes, (int)(width - lanes)).Clear();
            }

            return;
        }

        if (source.RowStride == 1)
        {
            nint wholeLanes = lanes & ~3;
            for (; step <= steps - 4; step += 4)
            {
                float* target = panel + (step * width);
                nint lane = 0;
                for (; lane < wholeLanes; lane += 4)
                {
                    Quad.Transpose(source.At(step, lane), source.ColumnStride, target + lane, width);
                }

                CopyByOne(source.From(step, 0), 4, lane, lanes, width, target);
            }
        }

        CopyByOne(source.From(step, 0), steps - step, 0, lanes, width, panel + (step * width));
    }

    private static void CopyByOne(Strided source, nint steps, nint firstLane, nint lanes, nint width, float* target)
    {
        for (nint step = 0; step < steps; step++)
        {
            for (nint lane = firstLane; lane < width; lane++)
            {
                target[(step * width) + lane] = lane < lanes ? *source.At(step, lane) : 0;
            }
        }
    }
}
