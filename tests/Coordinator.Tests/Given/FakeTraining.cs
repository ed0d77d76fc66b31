using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Stands for an agent's training: the broadcast adapter moved by numbers that follow from the offer's seed alone.</summary>
internal static class FakeTraining
{
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
