using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Stands for an agent's training: the broadcast adapter moved by numbers that follow from the offer's seed alone.</summary>
internal static class FakeTraining
{
    /// <summary>Obeys the offer's rules: frozen factors, and a B that stays with the agent, come back as broadcast.</summary>
    public static LoraAdapter Train(TaskOffer offer, LoraAdapter broadcast, float size = 0.1f)
    {
        LoraAdapter trained = Train(broadcast, offer.Hyper!.Seed, size);
        foreach (FactorRule rule in offer.Factors)
        {
            foreach (string module in rule.Modules)
            {
                if (!rule.TrainA)
                {
                    broadcast.Modules[module].A.Values.CopyTo(trained.Modules[module].A.Values);
                }

                if (!rule.TrainB || rule.KeepB)
                {
                    broadcast.Modules[module].B.Values.CopyTo(trained.Modules[module].B.Values);
                }
            }
        }

        return trained;
    }

    /// <summary>What an agent leaves out of its update of this offer.</summary>
    public static FrozenFactors LeftOut(TaskOffer offer) => new(
        offer.Factors.Where(rule => !rule.TrainA).SelectMany(rule => rule.Modules),
        offer.Factors.Where(rule => !rule.TrainB || rule.KeepB).SelectMany(rule => rule.Modules));

    public static LoraAdapter Train(LoraAdapter broadcast, ulong seed, float size = 0.1f)
    {
        LoraAdapter trained = broadcast.Clone();
        var random = new SeededRandom(seed);
        foreach (LoraFactors factors in trained.Modules.Values)
        {
            Move(factors.A.Values);
            Move(factors.B.Values);
        }

        foreach (DenseTensor tensor in trained.Saved.Values)
        {
            Move(tensor.Values);
        }

        return trained;

        void Move(Span<float> values)
        {
            foreach (ref float value in values)
            {
                value += size * ((2 * random.NextSingle()) - 1);
            }
        }
    }
}
