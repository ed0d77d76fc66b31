using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Settings of a small run whose deadlines no test is meant to reach.</summary>
internal static class Settings
{
    public static CoordinatorOptions For(TemporaryFolder folder, int agents = 3, int rounds = 2, RoundOptions? roundOptions = null) => new()
    {
        Name = "test",
        Seed = 7,
        BaseModelFolder = BaseModel.Write(folder["model"]),
        Labels = ["yes", "no"],
        OutputFolder = folder["out"],
        Lora = new LoraOptions { Rank = 2, Alpha = 4 },
        Training = new TrainingOptions { Steps = 3 },
        Aggregation = new AggregationOptions { Threads = 1 },
        Rounds = (roundOptions ?? new RoundOptions { Count = rounds, MinAgents = agents, Quorum = 1 }) with
        {
            // What the agents of most tests were not told to answer; those that are about it say so.
            FinalMeasure = roundOptions?.FinalMeasure ?? false,
        },
        Store = new StoreOptions { StateFolder = folder["state"] },
    };

    /// <summary>Where the one run of a state folder has its bodies.</summary>
    public static string Bodies(CoordinatorOptions options) => Directory.EnumerateDirectories(options.Store.BlobFolder).Single();

    /// <summary>The same for a language model.</summary>
    public static CoordinatorOptions ForLanguage(TemporaryFolder folder, int agents = 3, int rounds = 2)
    {
        CoordinatorOptions options = For(folder, agents, rounds);
        return options with
        {
            Task = LearningTask.LanguageModel,
            Labels = [],
            BaseModelFolder = BaseModel.WriteDecoder(folder["decoder"]),
            Lora = options.Lora with { TargetModules = ["q_proj", "v_proj"] },
        };
    }

    /// <summary>
    /// A private run. Bodies are exact, and of FfaLora only B and head are trained, so that what is published is their noisy mean and nothing else.
    /// </summary>
    public static CoordinatorOptions Private(TemporaryFolder folder, int rounds = 2)
    {
        CoordinatorOptions options = For(folder, agents: 3, rounds);
        return options with
        {
            Aggregation = options.Aggregation with { Strategy = "FfaLora" },
            Training = options.Training with { UpdateCodec = "fp32", BroadcastCodec = "fp32" },
            Privacy = new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 0.2, Budget = 50, SamplingRate = 0.6 },
        };
    }
}
