using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>Ids of runs, which may be abbreviated.</summary>
internal static class RunIds
{
    /// <summary>Characters that tell any two runs apart that were not submitted within a millisecond.</summary>
    private const int ShortLength = 13;

    public static string Short(Guid id) => id.ToString()[..ShortLength];

    /// <summary>The one run whose id begins so.</summary>
    /// <exception cref="InputException">There is none, or there are several; the message lists them.</exception>
    public static async Task<Guid> ResolveAsync(ServiceClient client, string text, CancellationToken stop)
    {
        string prefix = text.Trim().ToLowerInvariant();
        if (Guid.TryParseExact(prefix, "D", out Guid whole))
        {
            return whole;
        }

        if (prefix.Length == 0 || prefix.Any(c => !char.IsAsciiHexDigit(c) && c != '-'))
        {
            throw new InputException($"'{text}' is not an id of a run, nor the beginning of one: edgeflora runs ls lists them");
        }

        Page<RunSummary> found = await client.GetAsync<Page<RunSummary>>($"/api/v1/runs?id={prefix}&limit=5", stop);
        return found.Items.Count switch
        {
            1 => found.Items[0].Id,
            0 => throw new InputException($"no run's id begins with '{text}': edgeflora runs ls lists them"),
            _ => throw new InputException(
                $"the ids of {(found.Next is null ? "" : "more than ")}{found.Items.Count} runs begin with '{text}'; "
                    + $"give more of it: {string.Join(", ", found.Items.Select(run => run.Id))}"),
        };
    }
}
