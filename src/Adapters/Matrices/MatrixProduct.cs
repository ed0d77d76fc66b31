using EdgeFlora.Adapters.Matrices.Kernels;

namespace EdgeFlora.Adapters.Matrices;

/// <summary>Products of dense single-precision matrices, on the processor.</summary>
public static class MatrixProduct
{
    // Some tens of microseconds of work: waking a thread costs about as much.
    private const double OperationsWorthAThread = 4e6;

    /// <summary>C [m × n] = op(A)·op(B), plus C when <paramref name="accumulate"/>; op(A) is [m × k], op(B) is [k × n].</summary>
    /// <remarks>
    /// Matrices lie row by row; a leading dimension is the distance in values between the starts of two rows, so that a block of a wider matrix can
    /// be used in place. Every value of C is summed in an order that depends on the shape alone: the result has the same bits for any number of
    /// threads. C must not share values with A or B. Nothing is allocated once a thread has multiplied its first matrices of a size.
    /// </remarks>
    /// <param name="a">
    /// Stored [m × k] with <paramref name="lda"/> ≥ k, or [k × m] with <paramref name="lda"/> ≥ m when <paramref name="transposeA"/>.
    /// </param>
    /// <param name="b">
    /// Stored [k × n] with <paramref name="ldb"/> ≥ n, or [n × k] with <paramref name="ldb"/> ≥ k when <paramref name="transposeB"/>.
    /// </param>
    /// <param name="c">Stored [m × n] with <paramref name="ldc"/> ≥ n; values between the rows are left alone.</param>
    /// <param name="threads">Most threads to work at once, the caller's included; at least 1.</param>
    /// <exception cref="ArgumentException">An operand is shorter than its shape, or a leading dimension shorter than a row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative, or <paramref name="threads"/> is below 1.</exception>
    public static void Multiply(
        int m, int n, int k,
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc,
        bool accumulate = false, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        CheckOperand("A", transposeA ? k : m, transposeA ? m : k, lda, a.Length, nameof(a));
        CheckOperand("B", transposeB ? n : k, transposeB ? k : n, ldb, b.Length, nameof(b));
        CheckOperand("C", m, n, ldc, c.Length, nameof(c));

        Multiply(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, threads, ProcessorVectors.Widest);
    }

    internal static unsafe void Multiply(
        int m, int n, int k,
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc,
        bool accumulate, int threads, VectorWidth width)
    {
        if (m == 0 || n == 0)
        {
            return;
        }

        if (k == 0)
        {
            for (int row = 0; row < m && !accumulate; row++)
            {
                c.Slice(row * ldc, n).Clear();
            }

            return;
        }

        fixed (float* pa = a, pb = b, pc = c)
        {
            var first = new Operand(new Strided(pa, lda, 1));
            var second = new Operand(new Strided(pb, ldb, 1));
            var product = new Product(
                m, n, k, transposeA ? first.Transposed : first, transposeB ? second.Transposed : second, new Strided(pc, ldc, 1), accumulate);
            Run(new Plan(product, width), threads, Math.ScaleB((double)m * n * k, 1));
        }
    }

    /// <summary>
    /// C [m × n] = A·op(W), plus C when <paramref name="accumulate"/>; W is widened while it is copied into panels, and takes no memory beside.
    /// </summary>
    /// <remarks>The bits are those of the product with W widened beforehand. Else as the product of two matrices in single precision.</remarks>
    /// <param name="a">Stored [m × k] with <paramref name="lda"/> ≥ k.</param>
    /// <param name="weight">[k × n], or [n × k] when <paramref name="transposeWeight"/>.</param>
    /// <param name="c">Stored [m × n] with <paramref name="ldc"/> ≥ n; values between the rows are left alone.</param>
    /// <param name="threads">Most threads to work at once, the caller's included; at least 1.</param>
    /// <exception cref="ArgumentException">An operand is shorter than its shape, or a leading dimension shorter than a row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative, or <paramref name="threads"/> is below 1.</exception>
    public static void Multiply(
        int m,
        ReadOnlySpan<float> a,
        int lda,
        FrozenWeight weight,
        bool transposeWeight,
        Span<float> c,
        int ldc,
        bool accumulate = false,
        int threads = 1) =>
        Multiply(m, a, lda, weight, transposeWeight, c, ldc, default(ProductAddition), accumulate, threads);

    /// <summary>
    /// C [m × n] = row + A·op(W) + H·op(G), plus C when <paramref name="accumulate"/>: what <paramref name="addition"/> names is taken in without C
    /// being read once more.
    /// </summary>
    /// <remarks>The bits are those of: C set to the row, A·op(W) added to it, H·op(G) added to that.</remarks>
    /// <inheritdoc cref="Multiply(int, ReadOnlySpan{float}, int, FrozenWeight, bool, Span{float}, int, bool, int)"/>
    /// <exception cref="ArgumentException">
    /// An operand is shorter or longer than its shape, a leading dimension shorter than a row, or C is to be both kept and set to a row.
    /// </exception>
    public static void Multiply(
        int m, ReadOnlySpan<float> a, int lda, FrozenWeight weight, bool transposeWeight, Span<float> c, int ldc, in ProductAddition addition,
        bool accumulate = false, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (int n, int k) = transposeWeight ? (weight.Rows, weight.Columns) : (weight.Columns, weight.Rows);
        CheckOperand("A", m, k, lda, a.Length, nameof(a));
        CheckOperand("C", m, n, ldc, c.Length, nameof(c));
        CheckOperand("H", m, addition.Rank, addition.Rank, addition.Inner.Length, nameof(addition));
        CheckOperand("G", addition.Rank, n, n, addition.Outer.Length, nameof(addition));
        if (!addition.Row.IsEmpty && (accumulate || addition.Row.Length != n))
        {
            throw new ArgumentException(
                $"A row of {addition.Row.Length} values cannot be {(accumulate ? "set where C is kept" : $"added to rows of {n}")}.",
                nameof(addition));
        }

        Multiply(m, a, lda, weight, transposeWeight, c, ldc, addition, accumulate, threads, ProcessorVectors.Widest);
    }

    internal static unsafe void Multiply(
        int m, ReadOnlySpan<float> a, int lda, FrozenWeight weight, bool transposeWeight, Span<float> c, int ldc, in ProductAddition addition,
        bool accumulate, int threads, VectorWidth width)
    {
        (int n, int k) = transposeWeight ? (weight.Rows, weight.Columns) : (weight.Columns, weight.Rows);
        if (m == 0 || n == 0)
        {
            return;
        }

        int rank = addition.Rank;
        using FrozenWeight.Pinned pinned = weight.Pin();
        fixed (float* pa = a, pc = c, row = addition.Row, h = addition.Inner, g = addition.Outer)
        {
            var addend = new Addend(row, rank, new Strided(h, rank, 1), addition.TransposeOuter ? new Strided(g, 1, rank) : new Strided(g, n, 1));
            Operand second = transposeWeight ? pinned.Operand.Transposed : pinned.Operand;
            var product = new Product(m, n, k, new Operand(new Strided(pa, lda, 1)), second, new Strided(pc, ldc, 1), accumulate, addend);
            var plan = new Plan(product, width);
            double operations = Math.ScaleB((double)m * n * (k + rank), 1);
            if (k > 0 && plan.TakesAddend)
            {
                Run(plan, threads, operations);
                return;
            }

            for (int i = 0; i < m && row is not null; i++)
            {
                addition.Row.CopyTo(c.Slice(i * ldc, n));
            }

            bool keep = accumulate || row is not null;
            if (k > 0)
            {
                Run(new Plan(product with { Accumulate = keep, Addend = default }, width), threads, operations);
            }

            if (rank > 0 || k == 0)
            {
                Multiply(
                    m, n, rank, addition.Inner, rank, false, addition.Outer, addition.TransposeOuter ? rank : n, addition.TransposeOuter, c, ldc,
                    keep || k > 0, threads, width);
            }
        }
    }

    /// <summary>C = op(A)·op(B), plus C when <paramref name="accumulate"/>.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public static void Multiply(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, bool accumulate = false, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(c);
        (int m, int k) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int inner, int n) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (inner != k || c.Rows != m || c.Columns != n)
        {
            throw new ArgumentException($"A product of [{m}×{k}] and [{inner}×{n}] does not fit into [{c.Rows}×{c.Columns}].", nameof(c));
        }

        Multiply(m, n, k, a.Values, a.Columns, transposeA, b.Values, b.Columns, transposeB, c.Values, c.Columns, accumulate, threads);
    }

    private static void Run(in Plan plan, int threads, double operations)
    {
        // Two pieces a thread: one that is held up leaves a piece to the others.
        double useful = Math.Min(threads, operations / OperationsWorthAThread);
        int pieces = (int)Math.Min(2 * useful, plan.MostPieces);
        if (useful < 2 || pieces < 2)
        {
            plan.Run(plan.Piece(0, 1));
            return;
        }

        Job.Run(plan, pieces, (int)useful);
    }

    private static void CheckOperand(string operand, int rows, int columns, int leadingDimension, int length, string parameter)
    {
        if (leadingDimension < columns)
        {
            throw new ArgumentException(
                $"Rows of {operand} [{rows}×{columns}] are {columns} long, but its leading dimension is {leadingDimension}.", parameter);
        }

        long needed = rows == 0 || columns == 0 ? 0 : ((rows - 1L) * leadingDimension) + columns;
        if (length < needed)
        {
            throw new ArgumentException(
                $"{operand} [{rows}×{columns}] with leading dimension {leadingDimension} takes {needed} values, but {length} were given.", parameter);
        }
    }
}
