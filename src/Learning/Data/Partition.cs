using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Learning.Data;

/// <summary>Ways to deal one data set out to simulated agents. Every example goes to one agent; an agent's examples keep their order.</summary>
public static class Partition
{
    /// <summary>Uniformly at random, in parts whose sizes differ by at most one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer examples than agents, or no agent.</exception>
    public static IReadOnlyList<IReadOnlyList<Example>> Even(IReadOnlyList<Example> examples, int agents, ulong seed)
    {
        Check(examples, agents);
        int[] order = Shuffled(examples.Count, SeededRandom.For(seed, "partition-even"));
        return Deal(examples, agents, owner => Assign(owner, order, [.. Enumerable.Repeat(1.0 / agents, agents)]));
    }

    /// <summary>
    /// Each label by its own Dirichlet(α) proportions over the agents (arXiv 1909.06335): the smaller α, the fewer labels an agent sees.
    /// </summary>
    /// <param name="examples">At least as many as agents.</param>
    /// <param name="agents">Number of agents, ≥ 1; none is left without an example.</param>
    /// <param name="alpha">Concentration α; finite, &gt; 0.</param>
    /// <param name="seed">Seed of the run.</param>
    public static IReadOnlyList<IReadOnlyList<Example>> Dirichlet(IReadOnlyList<Example> examples, int agents, double alpha, ulong seed)
    {
        Check(examples, agents);
        return Deal(examples, agents, owner =>
        {
            foreach (IGrouping<int, int> label in Enumerable.Range(0, examples.Count).GroupBy(i => examples[i].Label).OrderBy(g => g.Key))
            {
                SeededRandom random = SeededRandom.For(seed, "partition-dirichlet", label.Key);
                int[] order = [.. label];
                random.Shuffle<int>(order);
                Assign(owner, order, Proportions(agents, alpha, random));
            }
        });
    }

    /// <summary>Uniformly at random, in parts whose sizes follow Dirichlet(α): the smaller α, the more uneven.</summary>
    /// <inheritdoc cref="Dirichlet" path="/param"/>
    public static IReadOnlyList<IReadOnlyList<Example>> QuantitySkew(IReadOnlyList<Example> examples, int agents, double alpha, ulong seed)
    {
        Check(examples, agents);
        SeededRandom random = SeededRandom.For(seed, "partition-quantity");
        int[] order = Shuffled(examples.Count, random);
        return Deal(examples, agents, owner => Assign(owner, order, Proportions(agents, alpha, random)));
    }

    /// <summary>One agent per key (speaker, hospital, label's name …), ordered by key (ordinal).</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="keys">The key of each example.</param>
    /// <exception cref="ArgumentException">The numbers of keys and examples differ.</exception>
    public static IReadOnlyList<KeyValuePair<string, IReadOnlyList<Example>>> ByKey(IReadOnlyList<Example> examples, IReadOnlyList<string> keys)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(keys);
        if (examples.Count != keys.Count)
        {
            throw new ArgumentException($"There are {keys.Count} keys for {examples.Count} examples; each example has one.", nameof(keys));
        }

        return
        [
            .. examples.Zip(keys)
                .GroupBy(pair => pair.Second, pair => pair.First, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => KeyValuePair.Create<string, IReadOnlyList<Example>>(group.Key, [.. group])),
        ];
    }

    private static void Check(IReadOnlyList<Example> examples, int agents)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (agents < 1 || agents > examples.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(agents), agents, $"{examples.Count} examples can be dealt out to 1 … {examples.Count} agents.");
        }
    }

    private static int[] Shuffled(int count, SeededRandom random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle<int>(order);
        return order;
    }

    private static double[] Proportions(int agents, double alpha, SeededRandom random)
    {
        double[] shares = [.. Enumerable.Range(0, agents).Select(_ => random.NextGamma(alpha))];
        if (shares.Sum() == 0)
        {
            // A tiny α underflows; its limit is everything to one agent.
            shares[random.NextInt(agents)] = 1;
        }

        double sum = shares.Sum();
        return [.. shares.Select(share => share / sum)];
    }

    /// <summary>
    /// Gives consecutive stretches of <paramref name="order"/> to agents 0, 1, …; cut points are the rounded running sums of the shares.
    /// </summary>
    private static void Assign(int[] owner, int[] order, double[] shares)
    {
        double sum = 0;
        int from = 0;
        for (int agent = 0; agent < shares.Length; agent++)
        {
            sum += shares[agent];
            int to = agent == shares.Length - 1 ? order.Length : Math.Clamp((int)Math.Round(sum * order.Length), from, order.Length);
            foreach (int example in order.AsSpan(from..to))
            {
                owner[example] = agent;
            }

            from = to;
        }
    }

    private static List<Example>[] Deal(IReadOnlyList<Example> examples, int agents, Action<int[]> assign)
    {
        int[] owner = new int[examples.Count];
        assign(owner);
        List<Example>[] parts = [.. Enumerable.Range(0, agents).Select(_ => new List<Example>())];
        for (int i = 0; i < owner.Length; i++)
        {
            parts[owner[i]].Add(examples[i]);
        }

        // An agent without data could not take part: it gets the last example of whoever has most.
        foreach (List<Example> empty in parts.Where(part => part.Count == 0))
        {
            List<Example> largest = parts.MaxBy(part => part.Count)!;
            empty.Add(largest[^1]);
            largest.RemoveAt(largest.Count - 1);
        }

        return parts;
    }
}
