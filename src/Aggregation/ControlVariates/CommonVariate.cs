using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Aggregation.ControlVariates;

/// <summary>
/// c of SCAFFOLD (arXiv 1910.06378): the mean by weight of the control variates of all agents that were ever counted; see
/// <see cref="EdgeFlora.Adapters.ControlVariates.ControlVariate"/>.
/// </summary>
/// <remarks>
/// The paper's c ← c + (1/N)·Σ Δcᵢ with Δcᵢ = (x − yᵢ)/η − c, which updates alone tell. N counts the agents that have taken part, for nobody knows
/// how many will; with all agents in every round it is the paper's.
/// </remarks>
public static class CommonVariate
{
    /// <summary>c after a round.</summary>
    /// <param name="broadcast">x.</param>
    /// <param name="before">c before; null in the first round.</param>
    /// <param name="updates">Of the round, in any order, each of the shape of <paramref name="broadcast"/>.</param>
    /// <param name="weights">What they count with in the merge: shares, and by what each is shortened.</param>
    /// <param name="counted">Examples with which each agent counted last in an earlier round.</param>
    /// <param name="rate">η: the peak rate of the round, above 0.</param>
    /// <param name="frozen">Factors that were not trained: their variates stay.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is not above 0.</exception>
    /// <exception cref="KeyNotFoundException">A weight is of an agent without an update.</exception>
    public static LoraAdapter After(
        LoraAdapter broadcast,
        LoraAdapter? before,
        IReadOnlyList<Update> updates,
        IReadOnlyList<AgentWeight> weights,
        IReadOnlyDictionary<string, double> counted,
        double rate,
        FrozenFactors frozen)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        ArgumentNullException.ThrowIfNull(updates);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(counted);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        AdapterShape shape = AdapterShape.Of(broadcast);
        LoraAdapter c = before ?? shape.CreateZero();
        (Memory<float>[] Sent, double Weight)[] terms = Terms(updates, weights);

        // Sums in the order of names: the same for any order of arrival. Of agents that are not in the round c stands for their own.
        double absent = counted.Where(agent => !updates.Any(update => update.AgentId == agent.Key))
            .OrderBy(agent => agent.Key, StringComparer.Ordinal).Sum(agent => agent.Value);
        double all = absent + updates.OrderBy(update => update.AgentId, StringComparer.Ordinal).Sum(update => update.Weight);
        bool[] stays = AdapterTensors.Frozen(shape, frozen);
        LoraAdapter next = shape.CreateZero();
        Memory<float>[] starts = Tensors(broadcast);
        Memory<float>[] earlier = Tensors(c);
        Memory<float>[] results = Tensors(next);
        for (int tensor = 0; tensor < results.Length; tensor++)
        {
            if (stays[tensor])
            {
                earlier[tensor].CopyTo(results[tensor]);
                continue;
            }

            double[] sum = new double[results[tensor].Length];
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] = absent * earlier[tensor].Span[i];
            }

            foreach ((Memory<float>[] sent, double weight) in terms)
            {
                Span<float> x = starts[tensor].Span;
                Span<float> y = sent[tensor].Span;
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += weight * ((double)x[i] - y[i]) / rate;
                }
            }

            Span<float> result = results[tensor].Span;
            for (int i = 0; i < sum.Length; i++)
            {
                result[i] = (float)(sum[i] / all);
            }
        }

        return next;
    }

    /// <summary>What each agent sent, and its weight in examples; an update that is shortened counts as its shortened self.</summary>
    private static (Memory<float>[] Sent, double Weight)[] Terms(IReadOnlyList<Update> updates, IReadOnlyList<AgentWeight> weights)
    {
        double examples = updates.OrderBy(update => update.AgentId, StringComparer.Ordinal).Sum(update => update.Weight);
        Dictionary<string, LoraAdapter> sent = updates.ToDictionary(update => update.AgentId, update => update.Adapter, StringComparer.Ordinal);
        return
        [
            .. weights.OrderBy(weight => weight.AgentId, StringComparer.Ordinal)
                .Select(weight => (Tensors(sent[weight.AgentId]), weight.Share * weight.Clip * examples)),
        ];
    }

    private static Memory<float>[] Tensors(LoraAdapter adapter) => [.. AdapterTensors.Of(adapter).Select(tensor => tensor.Values)];
}
