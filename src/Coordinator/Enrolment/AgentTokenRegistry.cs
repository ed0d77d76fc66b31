using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>Tokens with which devices become agents, by their hashes. Thread-safe.</summary>
/// <remarks>
/// A secret has 256 random bits, so that a plain SHA-256 of it cannot be searched backwards. One that is used up or has expired is forgotten.
/// </remarks>
internal sealed class AgentTokenRegistry(ServiceStore store, TimeProvider time)
{
    private const string Prefix = "efa_";
    private const int MaxTokens = 10_000;
    private const int MaxUses = 10_000;
    private const int MaxLabels = 50;
    private const int IdBytes = 5;
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(30);

    private readonly Lock gate = new();
    private readonly HashSet<string> revoked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredToken> tokens = store.AgentTokens()
        .ToDictionary(row => row.Id, row => JsonSerializer.Deserialize<StoredToken>(row.Body)!, StringComparer.Ordinal);

    /// <summary>Those that still count, the oldest first.</summary>
    public IReadOnlyList<AgentTokenSummary> List()
    {
        lock (gate)
        {
            ForgetExpired();
            return [.. tokens.Values.Select(token => token.Summary).OrderBy(token => token.CreatedAt).ThenBy(
                token => token.Id,
                StringComparer.Ordinal)];
        }
    }

    /// <param name="by">Name of the operator token that asks.</param>
    /// <exception cref="ServiceRefusedException">A value is not allowed.</exception>
    public CreatedAgentToken Create(NewAgentToken asked, string by)
    {
        Check(asked);
        lock (gate)
        {
            ForgetExpired();
            if (tokens.Count >= MaxTokens)
            {
                throw new ServiceRefusedException(
                    ProblemCode.Conflict,
                    $"there are {MaxTokens} agent tokens already",
                    "wait until some expire, or revoke those that nobody uses: edgeflora tokens revoke --agent ID");
            }

            string secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            DateTimeOffset now = time.GetUtcNow();
            var summary = new AgentTokenSummary(
                RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true),
                now,
                now.AddSeconds(asked.LifetimeSeconds),
                asked.Uses,
                asked.Labels,
                asked.Agent,
                by);
            Save(new StoredToken(summary, Convert.ToHexStringLower(Hash(secret))));
            return new CreatedAgentToken(summary, secret);
        }
    }

    /// <exception cref="ServiceRefusedException">There is no such token any more.</exception>
    public void Revoke(string id)
    {
        lock (gate)
        {
            ForgetExpired();
            if (!tokens.ContainsKey(id))
            {
                throw new ServiceRefusedException(
                    ProblemCode.NotFound, $"there is no agent token '{id}' that still counts", "list them: edgeflora tokens ls --agent");
            }

            revoked.Add(id);
            Forget(id);
        }
    }

    /// <summary>Revokes all tokens that are for one agent; nothing where there are none.</summary>
    public void RevokeOf(string agent)
    {
        lock (gate)
        {
            foreach (string id in tokens.Values.Where(token => token.Summary.Agent == agent).Select(token => token.Summary.Id).ToArray())
            {
                revoked.Add(id);
                Forget(id);
            }
        }
    }

    /// <summary>Uses a token once. Takes the same time for every secret that counts for nothing.</summary>
    /// <returns>Null: it is wrong, expired or used up; which of them, nobody is told.</returns>
    public AgentTokenSummary? Take(string secret)
    {
        byte[] hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Hash(secret)));
        lock (gate)
        {
            StoredToken? found = null;
            foreach (StoredToken token in tokens.Values)
            {
                found = CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(token.Sha256)) ? token : found;
            }

            if (found is null || found.Summary.ExpiresAt <= time.GetUtcNow())
            {
                return null;
            }

            Put(found with { Summary = found.Summary with { UsesLeft = found.Summary.UsesLeft - 1 } });
            return found.Summary;
        }
    }

    /// <summary>Gives a use back that came to nothing; one of a token that was revoked meanwhile is lost.</summary>
    /// <param name="taken">What <see cref="Take"/> gave.</param>
    /// <param name="secret">The token's secret, of which nothing may be left here.</param>
    public void GiveBack(AgentTokenSummary taken, string secret)
    {
        lock (gate)
        {
            if (revoked.Contains(taken.Id))
            {
                return;
            }

            int left = tokens.TryGetValue(taken.Id, out StoredToken? token) ? token.Summary.UsesLeft : 0;
            Put(new StoredToken(taken with { UsesLeft = left + 1 }, Convert.ToHexStringLower(Hash(secret))));
        }
    }

    private static void Check(NewAgentToken asked)
    {
        if (asked.Uses is < 1 or > MaxUses)
        {
            throw Wrong(FormattableString.Invariant($"uses is {asked.Uses}; it must be 1 … {MaxUses}"));
        }

        if (asked.LifetimeSeconds < 1 || asked.LifetimeSeconds > MaxLifetime.TotalSeconds)
        {
            throw Wrong(string.Create(
                CultureInfo.InvariantCulture, $"lifetimeSeconds is {asked.LifetimeSeconds}; it must be 1 … {MaxLifetime.TotalSeconds:0}"));
        }

        if (asked.Labels.Count > MaxLabels)
        {
            throw Wrong($"there are {asked.Labels.Count} labels; at most {MaxLabels} are allowed");
        }

        foreach (string word in asked.Labels.SelectMany(label => new[] { label.Key, label.Value }).Where(word => !LabelSelector.IsWord(word)))
        {
            throw Wrong($"'{word}' can't be a label's key or value; use 1 … 63 letters, digits, '.', '_' and '-'");
        }

        if (asked.Agent is { } agent && !Admission.IsName(agent))
        {
            throw Wrong($"agent is '{agent}'; a name has 1 … 64 of the characters a-z, 0-9 and -");
        }

        if (asked.Agent is not null && asked.Uses != 1)
        {
            throw Wrong($"uses is {asked.Uses} for one agent; it must be 1");
        }
    }

    private static ServiceRefusedException Wrong(string sentence) => new(ProblemCode.InvalidInput, sentence);

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private void Put(StoredToken token)
    {
        if (token.Summary.UsesLeft > 0)
        {
            Save(token);
        }
        else
        {
            Forget(token.Summary.Id);
        }
    }

    private void Save(StoredToken token)
    {
        store.SaveAgentToken(token.Summary.Id, JsonSerializer.Serialize(token));
        tokens[token.Summary.Id] = token;
    }

    private void Forget(string id)
    {
        store.SaveAgentToken(id, body: null);
        tokens.Remove(id);
    }

    private void ForgetExpired()
    {
        foreach (string id in tokens.Values.Where(token => token.Summary.ExpiresAt <= time.GetUtcNow()).Select(token => token.Summary.Id).ToArray())
        {
            Forget(id);
        }
    }

    /// <param name="Sha256">Of the secret, lower-case hexadecimal.</param>
    private sealed record StoredToken(AgentTokenSummary Summary, string Sha256);
}
