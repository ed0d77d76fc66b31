using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>What trains for an agent.</summary>
/// <param name="Brief">In a few words.</param>
/// <param name="Detail">With all there is to know.</param>
internal sealed record AgentTrainer(string Brief, string Detail)
{
    /// <summary>An engine of EdgeFlora's; null: somebody else's, or the program of <see cref="AgentOptions.Trainer"/>.</summary>
    public IEngine? Engine { get; private init; }

    /// <summary>An engine of the product's that holds the agent.</summary>
    public ITrainingEngine? Own { get; private init; }

    public static AgentTrainer Of(EngineChoice choice, AgentOptions options) =>
        new(choice.Brief(options.Limits.Threads), choice.Detail) { Engine = choice.Engine };

    public static AgentTrainer Of(ITrainingEngine engine) =>
        new($"engine {engine.Name}", $"engine {engine.Name} on {engine.Device}") { Own = engine };

    public static AgentTrainer Of(TrainerOptions trainer)
    {
        string words = $"engine {AgentOptions.CommandEngine}: {trainer.Command[0]}";
        return new AgentTrainer(words, words);
    }
}
