using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Copies a strip of a matrix into the order in which a kernel reads it, widened to single precision.</summary>
internal static unsafe class Panel
{
    // Steps that are widened or turned at a time: one cache line of single precision is read whole before the next row, whatever the distance of
    // rows.
    private const int Line = 16;

    private const int StepsAhead = 12;

    private const int StageSteps = 64;
    private const int MostLanes = 32;

    /// <summary>Values of scratch memory that <see cref="Pack"/> may use.</summary>
    public const int StageLength = StageSteps * MostLanes;

    /// <summary>Lays out [steps × lanes] step after step, <paramref name="width"/> values a step, filled up with zeros.</summary>
    /// <param name="source">Steps down the rows, lanes across the columns.</param>
    /// <param name="lanes">Columns to copy, at most <paramref name="width"/>.</param>
    /// <param name="width">Values a step in the panel; at most 32.</param>
    /// <param name="stage"><see cref="StageLength"/> values, for a source that is not in single precision.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(in Operand source, nint steps, nint lanes, nint width, float* panel, float* stage)
    {
        if (source.IsSingle)
        {
            PackSingles(source.Singles, steps, lanes, width, panel);
            return;
        }

        if (source.LiesAlongColumns)
        {
            for (nint step = 0; step < steps; step++, panel += width)
            {
                source.Widen(step, 0, new Span<float>(panel, (int)lanes));
                new Span<float>(panel + lanes, (int)(width - lanes)).Clear();
            }

            return;
        }

        // Rows lie along the steps: each is widened by itself, and what has been widened is turned.
        for (nint step = 0; step < steps; step += StageSteps)
        {
            nint count = Math.Min(StageSteps, steps - step);
            for (nint lane = 0; lane < lanes; lane++)
            {
                source.Widen(step, lane, new Span<float>(stage + (lane * StageSteps), (int)count));
            }

            PackSingles(new Strided(stage, 1, StageSteps), count, lanes, width, panel + (step * width));
        }
    }

    private static void PackSingles(Strided source, nint steps, nint lanes, nint width, float* panel)
    {
        if (source.ColumnStride == 1)
        {
            Copy(source, steps, lanes, width, panel);
            return;
        }

        nint step = 0;
        if (source.RowStride == 1)
        {
            for (; step <= steps - 4; step += Line)
            {
                nint count = Math.Min(Line, (steps - step) & ~3);
                TurnLine(source.From(step, 0), count, lanes, width, panel + (step * width));
            }

            step = steps & ~3;
        }

        CopyByOne(source.From(step, 0), steps - step, 0, lanes, width, panel + (step * width));
    }

    /// <summary>Turns up to a cache line of steps, a multiple of four.</summary>
    private static void TurnLine(Strided source, nint steps, nint lanes, nint width, float* panel)
    {
        nint lane = 0;
        if (Sixteen.IsSupported && steps == Line)
        {
            for (; lane <= lanes - Sixteen.Count; lane += Sixteen.Count)
            {
                for (nint next = 0; next < Sixteen.Count; next++)
                {
                    Sse.Prefetch0(source.At(2 * Line, lane + next));
                }

                Sixteen.Transpose(source.At(0, lane), source.ColumnStride, panel + lane, width);
            }
        }

        for (; lane <= lanes - 4; lane += 4)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(source.At(2 * Line, lane));
                Sse.Prefetch0(source.At(2 * Line, lane + 1));
                Sse.Prefetch0(source.At(2 * Line, lane + 2));
                Sse.Prefetch0(source.At(2 * Line, lane + 3));
            }

            for (nint four = 0; four < steps; four += 4)
            {
                Quad.Transpose(source.At(four, lane), source.ColumnStride, panel + (four * width) + lane, width);
            }
        }

        CopyByOne(source, steps, lane, lanes, width, panel);
    }

    private static void Copy(Strided source, nint steps, nint lanes, nint width, float* panel)
    {
        nint whole = lanes & ~3;
        for (nint step = 0; step < steps; step++, panel += width)
        {
            float* from = source.At(step, 0);
            if (Sse.IsSupported)
            {
                // Steps lie too far apart for the processor to foresee.
                Sse.Prefetch0(from + (StepsAhead * source.RowStride));
                Sse.Prefetch0(from + (StepsAhead * source.RowStride) + lanes - 1);
            }

            nint lane = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; lane <= lanes - Vector512<float>.Count; lane += Vector512<float>.Count)
                {
                    Vector512.Store(Vector512.Load(from + lane), panel + lane);
                }
            }

            for (; lane < whole; lane += 4)
            {
                Vector128.Store(Vector128.Load(from + lane), panel + lane);
            }

            for (; lane < width; lane++)
            {
                panel[lane] = lane < lanes ? from[lane] : 0;
            }
        }
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
