using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>What an offer asks about factors, held against the adapter that came with it.</summary>
/// <param name="Frozen">Factors that training leaves as they are.</param>
/// <param name="OwnB">Modules whose B the agent keeps from round to round and does not send.</param>
/// <param name="NewBasis">Modules whose factors have nothing to do with those of the round before.</param>
internal sealed record FactorTreatment(FrozenFactors Frozen, IReadOnlyList<string> OwnB, IReadOnlyList<string> NewBasis)
{
    /// <summary>Factors that go back as they were broadcast: the frozen ones, and every B that stays here.</summary>
    public FrozenFactors Unsent { get; private init; } = Frozen;

    /// <summary>The head that stays here; null where it is the run's, or the task has none.</summary>
    public PersonalHead? Head { get; private init; }

    /// <summary>Whether anything of what is trained stays here.</summary>
    public bool KeepsParts => OwnB.Count > 0 || Head is not null;

    /// <param name="modelFolder">Of the base model.</param>
    /// <exception cref="DeclinedException">
    /// A rule names no module of the adapter, or one that another rule names; or a head is to stay here that the task does not have.
    /// </exception>
    public static FactorTreatment Of(TaskOffer offer, LoraAdapter global, string modelFolder)
    {
        // JSON can say null where the contract says "required".
        FactorTreatment factors = offer.Factors is { } listed && listed.All(rule => rule?.Modules is not null)
            ? Of(listed, global)
            : throw Declined("a rule is null");
        if (!offer.PersonalHead)
        {
            return factors;
        }

        return offer.Task == LearningTask.Classification && offer.Labels.Count > 0
            ? factors.WithHead(PersonalHead.Of(modelFolder, offer.Labels.Count, offer.Hyper?.Seed ?? 0), global)
            : throw Declined("the head is to stay with the agent, and the task has none");
    }

    /// <param name="rules">At most one for each module.</param>
    /// <exception cref="DeclinedException">A rule names no module of the adapter, or one that another rule names.</exception>
    public static FactorTreatment Of(IReadOnlyList<FactorRule> rules, LoraAdapter global)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (string module in rules.SelectMany(rule => rule.Modules))
        {
            if (module is null || !global.Modules.ContainsKey(module))
            {
                throw Declined($"the adapter has no module '{module}'");
            }

            if (!named.Add(module))
            {
                throw Declined($"two rules name module '{module}'");
            }
        }

        string[] frozenA = Modules(rules, rule => !rule.TrainA);
        string[] ownB = Modules(rules, rule => rule.KeepB);
        string[] frozenB = Modules(rules, rule => !rule.TrainB);
        return new FactorTreatment(new FrozenFactors(frozenA, frozenB), ownB, Modules(rules, rule => rule.NewBasis))
        {
            Unsent = new FrozenFactors(frozenA, frozenB.Concat(ownB)),
        };
    }

    /// <summary>The same with a head that stays here.</summary>
    /// <exception cref="DeclinedException">The published adapter has one.</exception>
    public FactorTreatment WithHead(PersonalHead head, LoraAdapter global) => head.IsIn(global)
        ? throw Declined("the head is to stay with the agent, and the adapter that came has one")
        : this with { Head = head };

    /// <summary>The published adapter with the agent's own B and head; where it has none yet, with the published B and an untrained head.</summary>
    /// <param name="kept">The agent's adapter as it was last accepted; null before that.</param>
    public LoraAdapter ToTrain(LoraAdapter global, LoraAdapter? kept)
    {
        LoraAdapter whole = Head?.PutOn(global, kept) ?? global;
        return kept is null ? whole : WithB(whole, kept);
    }

    /// <summary>
    /// What the coordinator gets of a trained adapter: every B that stays here is replaced by the published one, and a head that does is left out.
    /// </summary>
    public LoraAdapter ToSend(LoraAdapter trained, LoraAdapter global) => WithB(Head?.TakeOff(trained) ?? trained, global);

    private LoraAdapter WithB(LoraAdapter adapter, LoraAdapter of)
    {
        if (OwnB.Count == 0)
        {
            return adapter;
        }

        LoraAdapter changed = adapter.Clone();
        foreach (string module in OwnB)
        {
            of.Modules[module].B.Values.CopyTo(changed.Modules[module].B.Values);
        }

        return changed;
    }

    private static string[] Modules(IReadOnlyList<FactorRule> rules, Func<FactorRule, bool> chosen) =>
        [.. rules.Where(chosen).SelectMany(rule => rule.Modules)];

    private static DeclinedException Declined(string why) => new(DeclineReason.Contract, $"The task's rules for factors cannot be obeyed: {why}.");
}
