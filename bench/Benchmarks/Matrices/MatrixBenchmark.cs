using System.Runtime.InteropServices;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Matrices.Kernels;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>Rates of matrix products at every width of vector, beside the processor's peak, OpenBLAS and torch.</summary>
internal static class MatrixBenchmark
{
    public static void Run(TextWriter output, IReadOnlyList<string> filter)
    {
        var blas = OpenBlas.TryLoad();
        output.WriteLine(blas is null ? "OpenBLAS: not installed, left out." : $"OpenBLAS: {blas.Name}");
        output.WriteLine($"torch: {TorchProduct.Name}");
        VectorWidth[] widths = [.. Enum.GetValues<VectorWidth>().Where(width => width <= ProcessorVectors.Widest).OrderDescending()];
        Bandwidth memory = Bandwidth.Measure();
        output.WriteLine(memory);
        output.WriteLine();
        output.WriteLine("GFLOP/s: best turn (median turn) and the best as a share of one core's measured multiply-add peak at that width; all from bf16 on against the widest.");
        output.WriteLine("bf16: B in bfloat16, widened while it is packed. Memory: where the operands take more than 32 MB, the rate at which they can be moved, and the widest's share of it.");
        output.WriteLine("torch: its best (median), and ours at the widest as a multiple of it, by best (by median).");
        output.WriteLine();
        output.WriteLine($"| m × n × k | {string.Join(" | ", widths.Select(width => $"{(int)width}-bit"))} | bf16 | 2 threads | OpenBLAS | torch | torch, 2 threads | memory |");
        output.WriteLine($"|---|{string.Concat(Enumerable.Repeat("--:|", widths.Length + 6))}");
        foreach (Shape shape in Shape.All.Where(shape => filter.All(shape.ToString().Contains)))
        {
            output.WriteLine(Row(shape, widths, blas, memory));
        }
    }

    private static string Row(Shape shape, VectorWidth[] widths, OpenBlas? blas, Bandwidth memory)
    {
        var random = new Random(1);
        Memory<float> a = Values(random, shape.M * shape.K);
        Memory<float> b = Values(random, shape.K * shape.N);
        Memory<float> c = Values(random, shape.M * shape.N);
        FrozenWeight narrow = Narrow(b.Span, shape);
        TorchProduct? torch = TorchProduct.IsThere ? new TorchProduct(shape, a, b) : null;

        Dictionary<string, (double Work, Action Run)> contenders = [];
        foreach (VectorWidth width in widths)
        {
            contenders.Add($"peak {width}", (Peak.Work(width), () => Peak.Run(width)));
            contenders.Add($"{width}", (shape.Work, () => Multiply(shape, a, b, c, 1, width)));
        }

        contenders.Add("2 threads", (shape.Work, () => Multiply(shape, a, b, c, 2, widths[0])));
        if (!shape.TransposeA)
        {
            contenders.Add("bf16", (shape.Work, () => MatrixProduct.Multiply(shape.M, a.Span, shape.Lda, narrow, shape.TransposeB, c.Span, shape.N, shape.Accumulate)));
        }

        if (blas is not null)
        {
            contenders.Add("OpenBLAS", (shape.Work, () => blas.Multiply(shape, a.Span, b.Span, c.Span)));
        }

        if (torch is not null)
        {
            contenders.Add("torch", (shape.Work, () => torch.Multiply(1)));
            contenders.Add("torch, 2 threads", (shape.Work, () => torch.Multiply(2)));
        }

        Dictionary<string, Rate> rates = contenders.Keys.Zip(Rates.Measure([.. contenders.Values])).ToDictionary(pair => pair.First, pair => pair.Second);
        Rate widest = rates[$"{widths[0]}"], peak = rates[$"peak {widths[0]}"];
        string Of(string name) => rates.TryGetValue(name, out Rate rate) ? Cell(rate, peak) : "–";
        string Beside(string name, Rate own) => rates.TryGetValue(name, out Rate rate) ? Multiple(own, rate) : "–";
        IEnumerable<string> columns =
        [
            .. widths.Select(width => Cell(rates[$"{width}"], rates[$"peak {width}"])),
            Of("bf16"), Of("2 threads"), Of("OpenBLAS"),
            Beside("torch", widest), Beside("torch, 2 threads", rates["2 threads"]),
            Bound(shape, memory, widest),
        ];
        return $"| {shape} | {string.Join(" | ", columns)} |";
    }

    /// <summary>Another's best and median in GFLOP/s, and ours as a multiple of them.</summary>
    private static string Multiple(Rate own, Rate other) =>
        $"{other.Best / 1e9:F0} ({other.Median / 1e9:F0}) {own.Best / other.Best:F2} × ({own.Median / other.Median:F2})";

    /// <summary>Best and median in GFLOP/s, and the best as a share of one core's best peak.</summary>
    private static string Cell(Rate rate, Rate peak) => $"{rate.Best / 1e9:F0} ({rate.Median / 1e9:F0}) {rate.Best / peak.Best:P0}";

    private static string Bound(Shape shape, Bandwidth memory, Rate rate)
    {
        const double LargestCache = 32 << 20;
        if (shape.Bytes < LargestCache)
        {
            return "–";
        }

        double bound = shape.Work / memory.SecondsFor(shape);
        return $"{bound / 1e9:F0}: {rate.Best / bound:P0}";
    }

    private static void Multiply(Shape shape, Memory<float> a, Memory<float> b, Memory<float> c, int threads, VectorWidth width) =>
        MatrixProduct.Multiply(
            shape.M, shape.N, shape.K, a.Span, shape.Lda, shape.TransposeA, b.Span, shape.Ldb, shape.TransposeB, c.Span, shape.N, shape.Accumulate, threads, width);

    private static FrozenWeight Narrow(ReadOnlySpan<float> values, Shape shape)
    {
        byte[] bytes = new byte[2 * values.Length];
        SinglePrecision.Narrow(TensorType.BF16, values, bytes);
        return FrozenWeight.Narrow(TensorType.BF16, shape.TransposeB ? shape.N : shape.K, shape.TransposeB ? shape.K : shape.N, bytes);
    }

    /// <summary>Random values that begin with a cache line, as an arena gives memory.</summary>
    private static Memory<float> Values(Random random, int count)
    {
        const int Line = 16;
        float[] array = GC.AllocateUninitializedArray<float>(count + Line, pinned: true);
        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) / sizeof(float);
        Memory<float> values = array.AsMemory((int)(-start & (Line - 1)), count);
        foreach (ref float value in values.Span)
        {
            value = random.NextSingle() - 0.5f;
        }

        return values;
    }
}
