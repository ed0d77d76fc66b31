using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>The data sets of an agent, and which of them a task is about.</summary>
internal sealed class DataSets
{
    private DataSets(IReadOnlyList<PrivateData> all) => All = all;

    /// <summary>In the order of the settings; at least one.</summary>
    public IReadOnlyList<PrivateData> All { get; }

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static DataSets Load(AgentOptions options) => new([.. options.Data.Select(PrivateData.Load)]);

    /// <summary>The data set that an offer names; where it names none, the only one that suits it.</summary>
    /// <exception cref="DeclinedException">There is none such, or several.</exception>
    public PrivateData For(TaskOffer offer)
    {
        PrivateData chosen = offer.DataSet is { Length: > 0 } wanted ? Named(wanted) : OnlyOneFor(offer);
        chosen.Require(offer);
        return chosen;
    }

    /// <summary>Special tokens that are written in the texts and are read as ordinary text.</summary>
    /// <param name="tokenizer">Asked for only where a data set reads them so.</param>
    public int CountUnmatchedSpecialTokens(Func<ITokenizer> tokenizer)
    {
        PrivateData[] plain = [.. All.Where(set => !set.MatchesSpecialTokens)];
        return plain.Length == 0 ? 0 : plain.Sum(set => set.CountSpecialTokens(tokenizer()));
    }

    private PrivateData Named(string wanted) => All.FirstOrDefault(set => set.Name == wanted)
        ?? throw new DeclinedException(DeclineReason.NoData, $"The task is for the data set '{wanted}'; this agent has {Names(All)}.");

    private PrivateData OnlyOneFor(TaskOffer offer)
    {
        PrivateData[] suitable = [.. All.Where(set => set.Suits(offer))];
        return suitable.Length switch
        {
            1 => suitable[0],

            // The only one says by itself why it does not suit.
            0 when All.Count == 1 => All[0],
            0 => throw new DeclinedException(
                DeclineReason.NoData, $"No data set of this agent suits {offer.Kind} of {offer.Task}; it has {Names(All)}."),
            _ => throw new DeclinedException(
                DeclineReason.NoData, $"Several data sets of this agent suit the task: {Names(suitable)}. Name one of them in the run."),
        };
    }

    private static string Names(IEnumerable<PrivateData> sets) => string.Join(", ", sets.Select(set => $"'{set.Name}' ({set.Task.Name()})"));
}
