using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>
/// A sum of products that arrive one by one, kept at a bounded rank with a bound on what was dropped: for relays, and for base deltas that grow by
/// rounds.
/// </summary>
/// <remarks>
/// Terms gather until as many directions again as are kept have come, then the sum is cut to its best product of the kept rank.
/// Weights may be unnormalised counts, divided out at the end. Twice the rank wanted is a good rank to keep, up to four times in trees of buffers.
/// </remarks>
public sealed class MergeBuffer
{
    private readonly int outputs;
    private readonly int inputs;
    private readonly int keptRank;
    private readonly List<LoraFactors> terms = [];
    private readonly List<double> coefficients = [];

    /// <param name="keptRank">Most directions kept; ≥ 1.</param>
    public MergeBuffer(int outputs, int inputs, int keptRank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keptRank, 1);
        (this.outputs, this.inputs, this.keptRank) = (outputs, inputs, keptRank);
    }

    /// <summary>At least ‖true sum − kept sum‖, Frobenius: the dropped parts of all cuts added up, also of merged buffers.</summary>
    public double ErrorBound { get; private set; }

    /// <summary>Adds coefficient·B·A.</summary>
    /// <param name="factors">A [any rank × inputs], B [outputs × any rank]; not changed, and not to be changed afterwards.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the coefficient is not finite.</exception>
    public void Add(LoraFactors factors, double coefficient)
    {
        ArgumentNullException.ThrowIfNull(factors);
        if (factors.Outputs != outputs || factors.Inputs != inputs || !double.IsFinite(coefficient))
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"A [{factors.Outputs}×{factors.Inputs}] product with coefficient {coefficient} does not go into a [{outputs}×{inputs}] sum."),
                nameof(factors));
        }

        terms.Add(factors);
        coefficients.Add(coefficient);
        if (terms.Sum(term => term.Rank) >= 2 * keptRank)
        {
            Cut();
        }
    }

    /// <summary>Adds what <paramref name="other"/> holds, and its bound.</summary>
    public void Merge(MergeBuffer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LoraFactors sum = other.Sum();
        ErrorBound += other.ErrorBound;
        Add(sum, 1);
    }

    /// <summary>The sum as one product of at most the kept rank; of rank 1 and zero if nothing was added.</summary>
    public LoraFactors Sum()
    {
        if (terms.Count != 1 || coefficients[0] != 1)
        {
            Cut();
        }

        return terms[0];
    }

    private void Cut()
    {
        LoraFactors sum = new(new Matrix(1, inputs), new Matrix(outputs, 1));
        if (terms.Count > 0)
        {
            TruncatedUpdate cut = QrTruncation.Of(new IdealUpdate(new MemoryFactors(terms), [.. coefficients], threads: 1));
            ErrorBound += Math.Sqrt(Math.Max(0, cut.Energy - cut.Triplets.Energy(keptRank)));
            SingularTriplets kept = cut.Triplets.First(keptRank);
            sum = kept.Count > 0 ? kept.ToFactors() : sum;
        }

        terms.Clear();
        coefficients.Clear();
        terms.Add(sum);
        coefficients.Add(1);
    }
}
