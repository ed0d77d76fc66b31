using System.Runtime.InteropServices;

namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>The system's OpenBLAS, where there is one, on one thread.</summary>
internal sealed unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> multiply;

    private OpenBlas(nint library)
    {
        multiply = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(1);
        Name = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_config"))())
            ?? "OpenBLAS";
    }

    /// <summary>Version, options and the processor it chose its kernel for.</summary>
    public string Name { get; }

    /// <returns>Null where no OpenBLAS is installed.</returns>
    public static OpenBlas? TryLoad()
    {
        string[] names = ["libopenblas.so.0", "libopenblas.dylib", "libopenblas.dll"];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new OpenBlas(library);
            }
        }

        return null;
    }

    public void Multiply(Shape shape, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c)
    {
        fixed (float* pa = a, pb = b, pc = c)
        {
            multiply(
                RowMajor, shape.TransposeA ? Transpose : NoTranspose, shape.TransposeB ? Transpose : NoTranspose,
                shape.M, shape.N, shape.K, 1, pa, shape.Lda, pb, shape.Ldb, shape.Accumulate ? 1 : 0, pc, shape.N);
        }
    }
}
