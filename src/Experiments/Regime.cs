namespace EdgeFlora.Experiments;

/// <summary>Conditions that methods are compared under.</summary>
/// <param name="Agents">Number of agents, ≥ 2.</param>
/// <param name="Alpha">Concentration of the Dirichlet distribution that deals the texts out; small is uneven.</param>
/// <param name="Share">Fraction of the agents that take part in a round, above 0 … 1.</param>
/// <param name="Rank">LoRA rank.</param>
/// <param name="Steps">Optimiser steps of an agent in a round.</param>
public sealed record Regime(int Agents, double Alpha, double Share, int Rank, int Steps)
{
    /// <summary>Whether all agents begin with one A. Else each draws its own in the first round, as where nobody hands a first adapter out.</summary>
    public bool SharedA { get; init; } = true;

    /// <summary>Agents in a round, ≥ 1.</summary>
    public int Asked => Math.Max(1, (int)Math.Ceiling((Share * Agents) - 1e-9));

    /// <summary>In words: <c>8 agents, α 0.3, rank 8, 40 steps</c>.</summary>
    public override string ToString()
    {
        string some = Share < 1 ? FormattableString.Invariant($", {Asked} a round") : "";
        return FormattableString.Invariant($"{Agents} agents, α {Alpha}{some}, rank {Rank}, {Steps} steps{(SharedA ? "" : ", A unshared")}");
    }
}
