using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent;

/// <summary>Looks at what an agent is to work with, so that a mistake shows before anybody is spoken to.</summary>
internal static class AgentInputs
{
    /// <summary>Checks settings and data, and writes nothing.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    /// <exception cref="InvalidDataException">A data file is damaged; the message names file and line.</exception>
    public static void Check(AgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        DataSets.Load(options);
    }

    /// <summary>Sees whether the model can be tuned for what the agent is set to.</summary>
    /// <exception cref="InvalidDataException">It cannot.</exception>
    public static void CheckModel(AgentOptions options, BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        if (options.Data.All(set => set.Task == DataSetTask.LanguageModel) && !model.PredictsTokens)
        {
            throw new InvalidDataException(
                $"Agent:Models has '{model.Folder}', which predicts no tokens: it is an encoder, or its checkpoint has no lm_head. "
                    + $"A data set for {LearningTask.LanguageModel} takes a decoder such as gpt2 or llama.");
        }
    }
}
