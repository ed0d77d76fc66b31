using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Adapters.ControlVariates;

/// <summary>
/// An agent's control variate of SCAFFOLD (arXiv 1910.06378, option II): the mean direction in which its steps move each trained value. It takes what
/// the mean of all agents' variates, c, differs from its own, cᵢ, off its steps, and so goes where all go.
/// </summary>
/// <remarks>
/// A variate is held as K·c: what K steps go at a rate of 1. So only who trains needs to know the rates of the steps. How a variate changes
/// follows from the agent's update, cᵢ⁺ = cᵢ − c + (x − yᵢ)/η: nothing more is sent, and nobody can send one that is not what was trained.
/// The values are those of the factors in their own basis, and mean something in a later round only if that is still the same.
/// </remarks>
public static class ControlVariate
{
    /// <summary>An agent's variate after a round.</summary>
    /// <param name="start">x: the published adapter that it began with.</param>
    /// <param name="sent">yᵢ: its update as the coordinator reads it.</param>
    /// <param name="common">c of the round; null while there is none, as after a first round that was skipped.</param>
    /// <param name="own">
    /// cᵢ before the round; null if it has none. Without both nothing was taken off the steps, and cᵢ⁺ is (x − yᵢ)/η, whatever cᵢ was.
    /// </param>
    /// <param name="rate">η: the peak rate of the round, above 0.</param>
    /// <param name="frozen">Factors that were not trained: their variates stay.</param>
    /// <exception cref="ArgumentException">The adapters have different shapes.</exception>
    public static LoraAdapter After(LoraAdapter start, LoraAdapter sent, LoraAdapter? common, LoraAdapter? own, double rate, FrozenFactors frozen)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(sent);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        AdapterShape shape = AdapterShape.Of(start);
        LoraAdapter zero = shape.CreateZero();
        LoraAdapter kept = own ?? zero;
        (LoraAdapter c, LoraAdapter mine) = own is null || common is null ? (zero, zero) : (common, own);
        foreach (LoraAdapter other in new[] { sent, c, kept })
        {
            RequireShape(other, shape);
        }

        bool[] stays = AdapterTensors.Frozen(shape, frozen);
        LoraAdapter next = shape.CreateZero();
        Memory<float>[][] inputs = [.. new[] { start, sent, c, mine, kept }.Select(Tensors)];
        Memory<float>[] results = Tensors(next);
        for (int tensor = 0; tensor < results.Length; tensor++)
        {
            Span<float> x = inputs[0][tensor].Span;
            Span<float> y = inputs[1][tensor].Span;
            Span<float> all = inputs[2][tensor].Span;
            Span<float> before = inputs[3][tensor].Span;
            Span<float> after = results[tensor].Span;
            if (stays[tensor])
            {
                inputs[4][tensor].Span.CopyTo(after);
                continue;
            }

            for (int i = 0; i < after.Length; i++)
            {
                after[i] = (float)((double)before[i] - all[i] + (((double)x[i] - y[i]) / rate));
            }
        }

        return next;
    }

    /// <summary>What all steps of an agent's training together take off its values: η·(c − cᵢ).</summary>
    /// <param name="rate">η: the peak rate of the round.</param>
    /// <exception cref="ArgumentException">The adapters have different shapes.</exception>
    public static LoraAdapter Correction(LoraAdapter common, LoraAdapter own, double rate)
    {
        ArgumentNullException.ThrowIfNull(common);
        ArgumentNullException.ThrowIfNull(own);
        AdapterShape shape = AdapterShape.Of(common);
        RequireShape(own, shape);
        LoraAdapter whole = shape.CreateZero();
        Memory<float>[] all = Tensors(common);
        Memory<float>[] mine = Tensors(own);
        Memory<float>[] results = Tensors(whole);
        for (int tensor = 0; tensor < results.Length; tensor++)
        {
            Span<float> c = all[tensor].Span;
            Span<float> before = mine[tensor].Span;
            Span<float> result = results[tensor].Span;
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = (float)(rate * ((double)c[i] - before[i]));
            }
        }

        return whole;
    }

    private static Memory<float>[] Tensors(LoraAdapter adapter) => [.. AdapterTensors.Of(adapter).Select(tensor => tensor.Values)];

    private static void RequireShape(LoraAdapter adapter, AdapterShape shape)
    {
        if (AdapterShape.Of(adapter).DifferenceFrom(shape) is { } difference)
        {
            throw new ArgumentException($"A control variate goes with adapters of one shape: {difference}.", nameof(adapter));
        }
    }
}
