using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>What the agent trains and measures on, for one kind of learning. Never leaves the process; only counts and a hash do.</summary>
internal abstract class PrivateData
{
    /// <summary>What may be learnt from it.</summary>
    public abstract LearningTask Task { get; }

    /// <summary>Examples to train on.</summary>
    public abstract int Training { get; }

    /// <summary>Examples to measure on.</summary>
    public abstract int HeldOut { get; }

    /// <summary>Tells whether the data changed; lower-case hexadecimal.</summary>
    public abstract string Sha256 { get; }

    /// <summary>How many special tokens are written in the texts.</summary>
    public abstract int CountSpecialTokens(ITokenizer tokenizer);

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static PrivateData Load(AgentOptions options) => options.Task == LearningTask.LanguageModel ? LanguageData.Read(options) : LabelledData.Read(options);

    /// <summary>Sees whether an offer is for such data, without looking at every text.</summary>
    /// <exception cref="DeclinedException">It is not.</exception>
    public void Require(TaskOffer offer)
    {
        if (offer.Task != Task)
        {
            throw new DeclinedException(DeclineReason.NoData, $"The task is {offer.Task}, but this agent gives its data for {Task} only (Agent:Task).");
        }

        if (offer.Kind == TaskKind.Train && Training == 0)
        {
            throw new DeclinedException(DeclineReason.NoData, "This agent holds no data to train on.");
        }

        if (offer.Kind == TaskKind.Evaluate && HeldOut == 0)
        {
            throw new DeclinedException(DeclineReason.NoData, "This agent holds no data to measure on.");
        }

        RequireDetails(offer);
    }

    /// <summary>The data as the offer asks for it. What is only measured has nothing to train on.</summary>
    /// <param name="maxTokens">Tokens that a text is cut to, or a running text into; at most the model's.</param>
    /// <exception cref="DeclinedException">A text does not fit the task.</exception>
    public abstract ILocalTask For(TaskOffer offer, BaseModel model, int maxTokens);

    /// <summary>As <see cref="Require"/>, for what an offer of this kind of learning says beside.</summary>
    protected abstract void RequireDetails(TaskOffer offer);

    protected static string Hash(string? own, string? central, int heldOut) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{own}|{central}|{heldOut}")));
}
