using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>Operator tokens, by their hashes, in a file that its owner alone can read.</summary>
/// <remarks>
/// A secret has 256 random bits, so that a plain SHA-256 of it cannot be searched backwards. Thread-safe. Whoever asks for a token never waits for
/// a change that is being stored: the database and the disk may be away.
/// </remarks>
public sealed class OperatorTokenRegistry
{
    private const string Prefix = "efo_";
    private const int MaxTokens = 1000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>Held while tokens are changed and stored.</summary>
    private readonly Lock changes = new();
    private readonly string file;
    private readonly TimeProvider clock;
    private readonly ISharedFiles? shared;
    private readonly ILogger log;
    private volatile IReadOnlyList<StoredToken> tokens;
    private volatile bool leads;

    /// <summary>The file's content as far as it is known; null: there is none, or what is there is not known.</summary>
    private byte[]? written;

    /// <summary>1 while somebody looks at what replicas have in common, who alone uses the two below.</summary>
    private int looking;
    private long? lookedAt;
    private bool toldAway;

    private OperatorTokenRegistry(string file, TimeProvider clock, ISharedFiles? shared, ILogger log)
    {
        this.shared = shared;
        this.file = file;
        this.clock = clock;
        this.log = log;
        tokens = ReadFile();
    }

    /// <summary>Of the file.</summary>
    private string Name => Path.GetFileName(file);

    /// <summary>Whether nobody has a token yet.</summary>
    public bool IsEmpty => tokens.Count == 0;

    /// <param name="folder">Made if missing.</param>
    /// <param name="shared">Where replicas that have folders of their own keep it in common; null: it is this folder's.</param>
    /// <param name="log">Is told once where what replicas have in common cannot be used; null: nobody is.</param>
    /// <exception cref="InvalidDataException">The file of tokens is damaged.</exception>
    public static OperatorTokenRegistry Open(string folder, TimeProvider clock, ISharedFiles? shared = null, ILogger? log = null)
    {
        PrivateFolder.Create(folder);
        return new OperatorTokenRegistry(new StoreOptions { StateFolder = folder }.TokensFile, clock, shared, log ?? NullLogger.Instance);
    }

    /// <summary>Takes the tokens as they are now, when this replica begins to lead.</summary>
    /// <exception cref="InvalidDataException">What is kept of tokens is damaged.</exception>
    public void Reload()
    {
        lock (changes)
        {
            if (shared?.Read(Name) is { } kept)
            {
                tokens = Parse(kept);
                Keep(kept);
            }
            else
            {
                tokens = ReadFile();
                if (shared is not null && written is { } own)
                {
                    shared.Write(Name, own);
                }
            }

            leads = true;
        }
    }

    public IReadOnlyList<OperatorTokenSummary> List() =>
        [.. tokens.Select(token => token.Summary).OrderBy(token => token.Name, StringComparer.Ordinal)];

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

        lock (changes)
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
        lock (changes)
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
        StoredToken? found = null;
        foreach (StoredToken token in tokens)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(token.Sha256)) ? token : found;
        }

        return found?.Summary;
    }

    /// <summary>
    /// A replica that stands by learns of tokens that the leader has made or revoked. One caller looks; for others those of before count.
    /// </summary>
    private void LookAgain()
    {
        if (shared is null || leads || Interlocked.Exchange(ref looking, 1) == 1)
        {
            return;
        }

        try
        {
            if (lookedAt is not { } at || clock.GetElapsedTime(at) >= LookEvery)
            {
                Look(shared);
                lookedAt = clock.GetTimestamp();
            }
        }
        finally
        {
            Volatile.Write(ref looking, 0);
        }
    }

    /// <summary>Where the database or the disk is away, full or damaged, the tokens that are known count.</summary>
    private void Look(ISharedFiles place)
    {
        try
        {
            if (place.Read(Name) is { } kept)
            {
                IReadOnlyList<StoredToken> read = Parse(kept);
                lock (changes)
                {
                    if (leads)
                    {
                        return;
                    }

                    tokens = read;
                    Keep(kept);
                }
            }

            toldAway = false;
        }
        catch (Exception away) when (away is StoreUnavailableException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            if (!toldAway)
            {
                toldAway = true;
                log.TokensNotLookedUp(away.Message);
            }
        }
    }

    private IReadOnlyList<StoredToken> ReadFile()
    {
        written = File.Exists(file) ? File.ReadAllBytes(file) : null;
        return written is null
            ? []
            : StoredToken.Read(written, $"'{file}'", "restore it from a backup, or remove it to begin without operator tokens");
    }

    /// <summary>Of what replicas have in common.</summary>
    private IReadOnlyList<StoredToken> Parse(byte[] kept) => StoredToken.Read(
        kept,
        $"'{Name}' in the table state_files of the database",
        "restore it from a backup, or delete the row: the next replica that leads puts there what its own folder has");

    private void Save(IReadOnlyList<StoredToken> changed)
    {
        byte[] content = StoredToken.Write(changed);
        try
        {
            shared?.Write(Name, content);
        }
        catch (Exception away) when (away is StoreUnavailableException or TermLostException)
        {
            throw new ServiceRefusedException(ProblemCode.Unavailable, $"no token was changed: {away.Message}", "try again in a moment");
        }

        Keep(content);
        tokens = changed;
    }

    /// <summary>Writes the file, unless it has this content already.</summary>
    private void Keep(byte[] content)
    {
        if (written is null || !written.AsSpan().SequenceEqual(content))
        {
            written = null;
            PrivateFiles.Write(file, content);
            written = content;
        }
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
