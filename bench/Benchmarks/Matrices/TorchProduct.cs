using EdgeFlora.Learning.Torch.Natives;
using TorchSharp;

namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>A product by torch into memory of its own: C ← op(A)·op(B), or C ← C + op(A)·op(B), as <c>torch.addmm</c> does it in place.</summary>
internal sealed class TorchProduct
{
    private readonly torch.Tensor a;
    private readonly torch.Tensor b;
    private readonly torch.Tensor c;
    private readonly float beta;

    /// <param name="left">A as it is stored, m × k values, or k × m where it is transposed.</param>
    /// <param name="right">B as it is stored, k × n values, or n × k where it is transposed.</param>
    public TorchProduct(Shape shape, ReadOnlyMemory<float> left, ReadOnlyMemory<float> right)
    {
        a = shape.TransposeA ? Stored(left, shape.K, shape.M).t() : Stored(left, shape.M, shape.K);
        b = shape.TransposeB ? Stored(right, shape.N, shape.K).t() : Stored(right, shape.K, shape.N);
        c = torch.zeros(shape.M, shape.N);
        beta = shape.Accumulate ? 1 : 0;
    }

    /// <summary>Version of libtorch that is used, or why there is none.</summary>
    public static string Name => TorchNatives.Problem is { } problem ? $"left out: {problem}" : $"libtorch by TorchSharp {torch.__version__}";

    /// <summary>Whether libtorch can be loaded here.</summary>
    public static bool IsThere => TorchNatives.Problem is null;

    public void Multiply(int threads)
    {
        if (torch.get_num_threads() != threads)
        {
            torch.set_num_threads(threads);
        }

        using IDisposable without = torch.no_grad();
        c.addmm_(a, b, beta, 1);
    }

    private static torch.Tensor Stored(ReadOnlyMemory<float> values, int rows, int columns) => torch.tensor(values.ToArray(), rows, columns);
}
