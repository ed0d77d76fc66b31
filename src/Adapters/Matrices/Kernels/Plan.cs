using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// How one product is computed. It depends on shape, strides and vector width, never on the number of threads, and so do the bits of the result.
/// </summary>
internal readonly struct Plan
{
    // From here on a block of B is reused by enough rows to be worth copying.
    private const int RowsWorthPacking = 25;

    // A B whose rows are hardly longer than a tile lies almost as a panel does: it takes this many to be worth copying.
    private const int RowsWorthPackingNarrow = 1024;

    // A strip of A of this length (12 rows: 12 kB) stays in the first-level cache, a block of B (512 kB) in the second.
    private const int PackedK = 256;
    private const int BlockN = 512;

    // With a single panel of B nothing comes back to a strip of A: its length is bounded only by what the panel may take.
    private const int SinglePanelK = 4096;

    // Read in place, B is gone over row by row: fewer rows, so that their pages stay in the translation buffer.
    private const int InPlaceK = 128;

    // A B of this size (4 MB) comes from memory each time; a C of this size is in no cache when it is wanted again.
    private const int FarB = 1 << 20;
    private const int FarC = 8 << 20;

    // A C of this size (4 MB) that is added to comes from memory or nearly so. A tile calls as many rows of it into the cache as it has steps:
    // with more of them than this the rows lie too far down, and the steps hide what is waited for.
    private const int FetchedC = 1 << 20;
    private const int MostFetchedRows = 64;

    // Up to here dot products beat outer products, which would leave lanes idle, if k is long enough to pay for adding up the lanes.
    private const int FewColumns = 8;
    private const int LongK = 48;

    private readonly Product product;
    private readonly VectorWidth width;
    private readonly bool inner;
    private readonly bool ordered;
    private readonly Blocking blocking;

    public Plan(in Product product, VectorWidth width)
    {
        int lanes = (int)width / 32;
        this.width = width;
        if (HasFewLongColumns(product))
        {
            (inner, this.product) = (true, product);
            return;
        }

        Product transposed = product.Transposed;
        if (HasFewLongColumns(transposed))
        {
            (inner, this.product) = (true, transposed);
            return;
        }

        // Vectors run along the longer side of C where A allows it. A factor that must be widened stays on the right, where panels are copied.
        bool turn = product.N <= 2 * FewColumns && product.A.RowStride == 1 && product.M > product.N && product.B.IsSingle;
        this.product = turn ? transposed : product;
        ordered = !IsWorthPacking(this.product) && (double)this.product.K * this.product.N >= FarB;
        blocking = Block(this.product, 2 * lanes);
        TakesAddend = !turn && !ordered && product.Addend.K <= PackedK;
    }

    /// <summary>Whether the product takes an <see cref="Addend"/> in; if not, it must be added by itself.</summary>
    public bool TakesAddend { get; }

    /// <summary>The part of C that is piece <paramref name="index"/> of <paramref name="count"/>.</summary>
    public Block Piece(int index, int count)
    {
        if (CutsRows)
        {
            return new Block(Boundary(product.M, RowGrain, index, count), Boundary(product.M, RowGrain, index + 1, count), 0, product.N);
        }

        return new Block(0, product.M, Boundary(product.N, ColumnGrain, index, count), Boundary(product.N, ColumnGrain, index + 1, count));
    }

    /// <summary>Into how many pieces C can usefully be cut.</summary>
    public nint MostPieces => CutsRows ? (product.M + RowGrain - 1) / RowGrain : (product.N + ColumnGrain - 1) / ColumnGrain;

    public void Run(Block block)
    {
        switch (width)
        {
            case VectorWidth.Bits512:
                Run<Vector512<float>, Lanes512>(block);
                break;
            case VectorWidth.Bits256:
                Run<Vector256<float>, Lanes256>(block);
                break;
            default:
                Run<Vector128<float>, Lanes128>(block);
                break;
        }
    }

    // Columns are cut for choice: each thread then packs its own part of B, and none packs it twice. A triple tile takes all columns.
    private bool CutsRows => inner || blocking.Triple || (!ordered && product.N < product.M / 8);

    // Four tiles of rows.
    private static nint RowGrain => 48;

    private nint ColumnGrain => 2 * (nint)width / 32;

    private void Run<TVector, TLanes>(Block block)
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        if (inner)
        {
            InnerProduct<TVector, TLanes>.Multiply(product, block);
        }
        else if (ordered)
        {
            OrderedProduct<TVector, TLanes>.Multiply(product, block);
        }
        else
        {
            OuterProduct<TVector, TLanes>.Multiply(product, block, blocking);
        }
    }

    private static bool HasFewLongColumns(in Product product) =>
        product.N <= FewColumns && product.A.ColumnStride == 1 && product.K >= LongK;

    private static unsafe Blocking Block(in Product product, int tileWidth)
    {
        // The cut along k, and with it the bits, is that of a B in single precision.
        bool narrow = product.B.ColumnStride == 1 && product.B.RowStride <= 2 * tileWidth;
        bool pack = IsWorthPacking(product) && (!narrow || product.M >= RowsWorthPackingNarrow);
        nint longest = !pack && !narrow ? InPlaceK : product.N <= tileWidth ? SinglePanelK : PackedK;
        nint parts = (product.K + longest - 1) / longest;
        nint columns = (product.N + tileWidth - 1) / tileWidth * tileWidth;
        bool triple = !pack
            && product.B.IsSingle
            && product.B.ColumnStride == 1
            && product.C.ColumnStride == 1
            && product.N == tileWidth / 2 * 3
            && product.Addend.K == 0
            && product.Addend.Row is null;
        bool fetch = parts == 1 && product.Accumulate && product.K <= MostFetchedRows && (double)product.M * product.N >= FetchedC;
        bool stream = tileWidth * sizeof(float) % Stream.Line == 0
            && parts == 1
            && !product.Accumulate
            && product.Addend.K == 0
            && product.Addend.Row is null
            && (double)product.M * product.N >= FarC;
        return new Blocking((product.K + parts - 1) / parts, Math.Min(columns, BlockN), pack || !product.B.IsSingle, stream, fetch, triple);
    }

    private static bool IsWorthPacking(in Product product) => product.B.ColumnStride != 1 || product.M >= RowsWorthPacking;

    private static nint Boundary(nint length, nint grain, int index, int count) =>
        Math.Min(length, (length + grain - 1) / grain * index / count * grain);
}
