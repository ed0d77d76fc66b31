using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>
/// One factor of several entries as the rows of one tall matrix F [Σr × length], A as it lies or Bᵀ, worked on in blocks of columns that stay in the
/// cache.
/// </summary>
/// <remarks>
/// How blocks of F and of its images lie in memory is the subclass's own matter: they are made here and only handed back to the methods here.
/// </remarks>
internal abstract class FactorRows
{
    /// <summary>While one entry is copied, the one after the next is called into the cache: one ahead comes too late.</summary>
    protected const int EntriesAhead = 2;

    private readonly int[] first;

    protected FactorRows(LoraFactors[] entries)
    {
        Entries = entries;
        first = new int[entries.Length + 1];
        for (int i = 0; i < entries.Length; i++)
        {
            first[i + 1] = first[i] + entries[i].Rank;
        }
    }

    /// <summary>Σr.</summary>
    public int Count => first[^1];

    public int EntryCount => Entries.Length;

    /// <summary>Columns of F: inputs for A, outputs for B.</summary>
    public abstract int Length { get; }

    protected LoraFactors[] Entries { get; }

    /// <summary>The first row of an entry; that of the entry after the last is <see cref="Count"/>.</summary>
    public int FirstRow(int entry) => first[entry];

    /// <summary>F·Xᵀ [Σr × l] of X [l × length].</summary>
    public abstract Matrix Project(Matrix vectors, int threads);

    /// <summary>Copies columns <paramref name="from"/> … into <paramref name="block"/>, Σr · <paramref name="columns"/> values.</summary>
    public abstract void Read(int from, int columns, Span<float> block);

    /// <summary>The image Y = Mᵀ·F of the block, width · columns values.</summary>
    /// <param name="mixes">M [Σr × width].</param>
    public abstract void Combine(ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> mixes, int width, Span<float> image);

    /// <summary>The image Y = Σᵤ xᵤ·Fᵤ of the block, rank · columns values; all entries are of one rank.</summary>
    /// <param name="factors">xᵤ, one for each entry.</param>
    public abstract void Sum(ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> factors, Span<float> image);

    /// <summary>P [Σr × projected] += F·Yᵀ with the first rows Y of the image.</summary>
    public abstract void Project(
        ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> image, int width, int projected, Span<float> projections);

    /// <summary>Writes the image to columns <paramref name="from"/> … of <paramref name="sum"/> [width × length], or adds it there.</summary>
    public abstract void Write(ReadOnlySpan<float> image, int columns, Matrix sum, int from, bool add);

    /// <summary>Lᵀ·Fᵤ of one entry on the block, rank · columns values in an order that is the same for every entry.</summary>
    /// <param name="root">L [rank × rank].</param>
    public abstract void Turn(ReadOnlySpan<float> block, int columns, int entry, ReadOnlySpan<float> root, Span<float> target);
}
