using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>Operator tokens, by their hashes, in a file that its owner alone can read.</summary>
/// <remarks>A secret has 256 random bits, so that a plain SHA-256 of it cannot be searched backwards. Thread-safe.</remarks>
public sealed class OperatorTokenRegistry
{
    private const string Prefix = "efo_";
    private const int MaxTokens = 1000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly string file;
    private readonly TimeProvider clock;
    private readonly ISharedFiles? shared;
    private List<StoredToken> tokens;
    private bool leads;
    private long? lookedAt;

    private OperatorTokenRegistry(string file, TimeProvider clock, ISharedFiles? shared, List<StoredToken> tokens)
    {
        this.shared = shared;
        this.file = file;
        this.clock = clock;
        this.tokens = tokens;
    }

    /// <summary>Of the file.</summary>
    private string Name => Path.GetFileName(file);

    /// <summary>Whether nobody has a token yet.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return tokens.Count == 0;
            }
        }
    }

    /// <param name="folder">Made if missing.</param>
    /// <param name="shared">Where replicas that have folders of their own keep it in common; null: it is this folder's.</param>
    /// <exception cref="InvalidDataException">The file of tokens is damaged.</exception>
    public static OperatorTokenRegistry Open(string folder, TimeProvider clock, ISharedFiles? shared = null)
    {
        PrivateFolder.Create(folder);
        string file = new StoreOptions { StateFolder = folder }.TokensFile;
        return new OperatorTokenRegistry(file, clock, shared, Read(file));
    }

    /// <summary>Takes the tokens as they are now, when this replica begins to lead.</summary>
    /// <exception cref="InvalidDataException">The file of tokens is damaged.</exception>
    public void Reload()
    {
        lock (gate)
        {
            leads = true;
            if (shared?.Read(Name) is { } kept)
            {
                PrivateFiles.Write(file, kept);
            }
            else if (File.Exists(file))
            {
                shared?.Write(Name, File.ReadAllBytes(file));
            }

            tokens = Read(file);
        }
    }

    public IReadOnlyList<OperatorTokenSummary> List()
    {
        lock (gate)
        {
            return [.. tokens.Select(token => token.Summary).OrderBy(token => token.Name, StringComparer.Ordinal)];
        }
    }

    /// <exception cref="ServiceRefusedException">The name cannot be used or is in use.</exception>
    public CreatedOperatorToken Create(NewOperatorToken asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        if (!LabelSelector.IsWord(asked.Name))
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, "name must be 1 … 63 letters, digits, '.', '_' and '-'");
        }

        if (!Enum.IsDefined(asked.Role))
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, $"role must be one of {string.Join(", ", Enum.GetNames<OperatorRole>())}");
        }

        lock (gate)
        {
            if (tokens.Any(token => token.Name == asked.Name))
            {
                throw new ServiceRefusedException(
                    ProblemCode.Conflict,
                    $"a token named '{asked.Name}' exists already",
                    $"choose another name, or revoke it first: edgeflora tokens revoke {asked.Name}");
            }

            if (tokens.Count >= MaxTokens)
            {
                throw new ServiceRefusedException(ProblemCode.Conflict, $"there are {MaxTokens} tokens already", "revoke those that nobody uses");
            }

            string secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            var token = new StoredToken(asked.Name, asked.Role, clock.GetUtcNow(), Convert.ToHexStringLower(Hash(secret)));
            Save([.. tokens, token]);
            return new CreatedOperatorToken(token.Summary, secret);
        }
    }

    /// <summary>
    /// Where nobody has a token yet, makes one that may operate and leaves its secret in a file of the service's folder, for its owner alone.
    /// </summary>
    /// <returns>The file, to be named to the operator; null: there are tokens already.</returns>
    public string? CreateFirst()
    {
        if (!IsEmpty)
        {
            return null;
        }

        string first = Path.Combine(Path.GetDirectoryName(file)!, "first-operator.token");
        PrivateFiles.Write(first, Encoding.ASCII.GetBytes(Create(new NewOperatorToken("first", OperatorRole.Operate)).Secret + "\n"));
        return first;
    }

    /// <exception cref="ServiceRefusedException">There is no such token, or it is the last one that may operate.</exception>
    public void Revoke(string name)
    {
        lock (gate)
        {
            StoredToken token = tokens.FirstOrDefault(token => token.Name == name)
                ?? throw new ServiceRefusedException(ProblemCode.NotFound, $"there is no token named '{name}'", "list them: edgeflora tokens ls");
            if (token.Role == OperatorRole.Operate && tokens.Count(other => other.Role == OperatorRole.Operate) == 1)
            {
                throw new ServiceRefusedException(
                    ProblemCode.Conflict,
                    $"'{name}' is the last token that may operate; without it nobody could make another one",
                    "create its successor first: edgeflora tokens create NAME --role operate");
            }

            Save([.. tokens.Where(other => other != token)]);
        }
    }

    /// <summary>The token with this secret; null: there is none. Takes the same time for every wrong secret.</summary>
    public OperatorTokenSummary? Find(string secret)
    {
        byte[] hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Hash(secret)));
        LookAgain();
        StoredToken[] known;
        lock (gate)
        {
            known = [.. tokens];
        }

        StoredToken? found = null;
        foreach (StoredToken token in known)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(token.Sha256)) ? token : found;
        }

        return found?.Summary;
    }

    /// <summary>A replica that stands by learns of tokens that the leader has made or revoked.</summary>
    private void LookAgain()
    {
        lock (gate)
        {
            if (shared is null || leads || (lookedAt is { } at && clock.GetElapsedTime(at) < LookEvery))
            {
                return;
            }

            lookedAt = clock.GetTimestamp();
            try
            {
                if (shared.Read(Name) is { } kept)
                {
                    PrivateFiles.Write(file, kept);
                    tokens = Read(file);
                }
            }
            catch (StoreUnavailableException)
            {
                // Those of before count.
            }
        }
    }

    private static List<StoredToken> Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<List<StoredToken>>(File.ReadAllBytes(file), ApiJson.Options) ?? [] : [];
        }
        catch (JsonException damaged)
        {
            throw new InvalidDataException(
                $"'{file}' is damaged ({damaged.Message}); restore it from a backup, or remove it to begin without operator tokens", damaged);
        }
    }

    private void Save(List<StoredToken> changed)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(changed, ApiJson.Options);
        try
        {
            shared?.Write(Name, content);
        }
        catch (Exception away) when (away is StoreUnavailableException or TermLostException)
        {
            throw new ServiceRefusedException(ProblemCode.Unavailable, $"no token was changed: {away.Message}", "try again in a moment");
        }

        PrivateFiles.Write(file, content);
        tokens = changed;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <param name="Sha256">Of the secret, lower-case hexadecimal.</param>
    private sealed record StoredToken(string Name, OperatorRole Role, DateTimeOffset CreatedAt, string Sha256)
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public OperatorTokenSummary Summary => new(Name, Role, CreatedAt);
    }
}
