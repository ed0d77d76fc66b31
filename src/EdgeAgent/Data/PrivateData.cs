using System.Text;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>One data set of the agent, for one kind of learning. Never leaves the process; only counts, names and a hash do.</summary>
internal abstract class PrivateData(DataSetOptions options)
{
    /// <summary>The name that a run asks for.</summary>
    public string Name => options.Name;

    /// <summary>What may be learnt from it.</summary>
    public DataSetTask Task => options.Task;

    /// <summary>Whether special tokens that are written in its texts are the tokens they name.</summary>
    public bool MatchesSpecialTokens => options.MatchesSpecialTokens ?? options.Task == DataSetTask.LanguageModel;

    /// <summary>Examples to train on.</summary>
    public abstract int Training { get; }

    /// <summary>Examples to measure on.</summary>
    public abstract int HeldOut { get; }

    /// <summary>The labels it holds, in ordinal order; empty for a language model.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>Tells whether the data changed; lower-case hexadecimal.</summary>
    public abstract string Sha256 { get; }

    /// <summary>How many special tokens are written in the texts.</summary>
    public abstract int CountSpecialTokens(ITokenizer tokenizer);

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static PrivateData Load(DataSetOptions options) =>
        options.Task == DataSetTask.LanguageModel ? LanguageData.Read(options) : LabelledData.Read(options);

    /// <summary>Whether an offer is for such data, by kind of learning and by what is to be done with it.</summary>
    public bool Suits(TaskOffer offer) => offer.Task == Task.Learning() && (offer.Kind == TaskKind.Train ? Training : HeldOut) > 0;

    /// <summary>Sees whether an offer is for such data, without looking at every text.</summary>
    /// <exception cref="DeclinedException">It is not.</exception>
    public void Require(TaskOffer offer)
    {
        if (offer.Task != Task.Learning())
        {
            throw new DeclinedException(
                DeclineReason.NoData, $"The task is {offer.Task}, but this agent gives its data set '{Name}' for {Task.Learning()} only.");
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

    protected static string Hash(string? own, string? central, int heldOut) =>
        ContentHash.Sha256(Encoding.UTF8.GetBytes($"{own}|{central}|{heldOut}"));

    /// <summary>One hash of several files: that of the file, where there is one only.</summary>
    protected static string Hash(IReadOnlyList<string> files) =>
        files.Count == 1 ? files[0] : ContentHash.Sha256(Encoding.UTF8.GetBytes(string.Join('|', files)));
}
