using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Matrices.Kernels;

namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>Rates of matrix products on one thread, at every width of vector, beside the processor's peak and OpenBLAS.</summary>
internal static class MatrixBenchmark
{
    public static void Run(TextWriter output, IReadOnlyList<string> filter)
    {
        var blas = OpenBlas.TryLoad();
        output.WriteLine(blas is null ? "OpenBLAS: not installed, left out." : $"OpenBLAS: {blas.Name}");
        VectorWidth[] widths = [.. Enum.GetValues<VectorWidth>().Where(width => width <= ProcessorVectors.Widest).OrderDescending()];
        output.WriteLine();
        output.WriteLine("GFLOP/s: best turn (median turn) and the best as a share of one core's measured multiply-add peak at that width; OpenBLAS and two threads against the widest.");
        output.WriteLine();
        output.WriteLine($"| m × n × k | {string.Join(" | ", widths.Select(width => $"{(int)width}-bit"))} | 2 threads | OpenBLAS |");
        output.WriteLine($"|---|{string.Concat(Enumerable.Repeat("--:|", widths.Length + 2))}");
        foreach (Shape shape in Shape.All.Where(shape => filter.All(shape.ToString().Contains)))
        {
            output.WriteLine(Row(shape, widths, blas));
        }
    }

    private static string Row(Shape shape, VectorWidth[] widths, OpenBlas? blas)
    {
        var random = new Random(1);
        float[] a = Values(random, shape.M * shape.K);
        float[] b = Values(random, shape.K * shape.N);
        float[] c = new float[shape.M * shape.N];

        List<(double, Action)> contenders = [];
        foreach (VectorWidth width in widths)
        {
            contenders.Add((Peak.Work(width), () => Peak.Run(width)));
            contenders.Add((shape.Work, () => Multiply(shape, a, b, c, 1, width)));
        }

        contenders.Add((shape.Work, () => Multiply(shape, a, b, c, 2, widths[0])));
        if (blas is not null)
        {
            contenders.Add((shape.Work, () => blas.Multiply(shape, a, b, c)));
        }

        Rate[] rates = Rates.Measure(contenders);
        IEnumerable<string> own = widths.Select((_, index) => Cell(rates[(2 * index) + 1], rates[2 * index]));
        string two = Cell(rates[2 * widths.Length], rates[0]);
        string other = blas is null ? "–" : Cell(rates[^1], rates[0]);
        return $"| {shape} | {string.Join(" | ", own)} | {two} | {other} |";
    }

    /// <summary>Best and median in GFLOP/s, and the best as a share of one core's best peak.</summary>
    private static string Cell(Rate rate, Rate peak) => $"{rate.Best / 1e9:F0} ({rate.Median / 1e9:F0}) {rate.Best / peak.Best:P0}";

    private static void Multiply(Shape shape, float[] a, float[] b, float[] c, int threads, VectorWidth width) =>
        MatrixProduct.Multiply(
            shape.M, shape.N, shape.K, a, shape.Lda, shape.TransposeA, b, shape.Ldb, shape.TransposeB, c, shape.N, shape.Accumulate, threads, width);

    private static float[] Values(Random random, int count)
    {
        float[] values = new float[count];
        for (int index = 0; index < count; index++)
        {
            values[index] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}
