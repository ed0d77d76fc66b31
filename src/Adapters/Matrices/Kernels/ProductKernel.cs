using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Chooses how a product is computed.</summary>
internal static class ProductKernel
{
    /// <summary>The widest registers this processor works with.</summary>
    public static VectorWidth Widest { get; } =
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
        : VectorWidth.Bits128;

    public static void Multiply(in Product product, VectorWidth width)
    {
        switch (width)
        {
            case VectorWidth.Bits512:
                Multiply<Vector512<float>, Lanes512>(product);
                break;
            case VectorWidth.Bits256:
                Multiply<Vector256<float>, Lanes256>(product);
                break;
            default:
                Multiply<Vector128<float>, Lanes128>(product);
                break;
        }
    }

    private static void Multiply<TVector, TLanes>(in Product product)
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        var whole = new Block(0, product.M, 0, product.N);
        if (product.N <= 16 && product.A.ColumnStride == 1 && product.K >= 48 && product.M >= 3)
        {
            InnerProduct<TVector, TLanes>.Multiply(product, whole);
            return;
        }

        if (product.M <= 16 && product.B.RowStride == 1 && product.K >= 48 && product.N >= 3)
        {
            Product transposed = product.Transposed;
            InnerProduct<TVector, TLanes>.Multiply(transposed, new Block(0, product.N, 0, product.M));
            return;
        }

        if (product.N <= 16 && product.A.RowStride == 1 && product.M > product.N)
        {
            Outer<TVector, TLanes>(product.Transposed, new Block(0, product.N, 0, product.M));
            return;
        }

        Outer<TVector, TLanes>(product, whole);
    }

    private static void Outer<TVector, TLanes>(in Product product, Block block)
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        int kc = int.Parse(Environment.GetEnvironmentVariable("KC") ?? "256");
        int nc = int.Parse(Environment.GetEnvironmentVariable("NC") ?? "512");
        int pa = int.Parse(Environment.GetEnvironmentVariable("PA") ?? "3");
        bool packB = product.B.ColumnStride != 1 || product.M > 24;
        if (!packB) { kc = int.Parse(Environment.GetEnvironmentVariable("KD") ?? "64"); }
        nint parts = (product.K + kc - 1) / kc;
        nint k = (product.K + parts - 1) / parts;
        nint n = Math.Min(nc, (product.N + (2 * TLanes.Count) - 1) / (2 * TLanes.Count) * (2 * TLanes.Count));
        bool packA = product.A.RowStride == 1 ? (pa & 1) != 0 && product.N > 64 : (pa & 2) != 0 && product.N > 128;
        OuterProduct<TVector, TLanes>.Multiply(product, block, new Blocking(k, n, packA, packB));
    }
}
