namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>Reads a spec's text into its parts, whatever its format.</summary>
internal static class SpecDocument
{
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <param name="file">As the sender names it, for messages; null: no name.</param>
    /// <param name="what">What the document is, for messages.</param>
    /// <param name="example">A setting of it, for messages.</param>
    /// <exception cref="SpecSyntaxException">It is no YAML or JSON, or holds what a spec cannot.</exception>
    public static SpecSection Read(ReadOnlySpan<byte> bytes, string? file, string what = "the spec", string example = "labels: [spam, ham]")
    {
        string text = SpecText.Decode(bytes, file);
        SpecNode root = text.AsSpan().TrimStart().StartsWith("{") ? Braced(text, file) : YamlDocument.Read(text, file);
        return root as SpecSection
            ?? throw new SpecSyntaxException(
                root.Place, $"{what} is {root.AsTyped}; it must be settings with their values, such as '{example}'");
    }

    /// <summary>What begins with a brace is JSON, or else YAML in one line: <c>{labels: [spam, ham]}</c>.</summary>
    private static SpecNode Braced(string text, string? file)
    {
        try
        {
            return JsonSpecDocument.Read(text, file);
        }
        catch (SpecSyntaxException)
        {
            try
            {
                return YamlDocument.Read(text, file);
            }
            catch (SpecSyntaxException)
            {
                // Neither: what is wrong with it as JSON is what is told.
            }

            throw;
        }
    }
}
