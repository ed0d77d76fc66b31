using EdgeFlora.Learning.Corpus;

namespace EdgeFlora.Learning.Tests.Corpus;

public sealed class SdkCorpusTests
{
    [Fact]
    public void Markup_becomes_words_and_names_are_hidden()
    {
        Sentence sentence = Assert.Single(Load("""
            <member name="M:System.Text.Json.JsonDocument.Parse(System.String)">
              <param name="json">Reads the <paramref name="utf8Json" /> payload of a <see cref="T:System.String" />,
                as <c>JsonReader.Read()</c> would, into memory unless it is <see langword="null" />.</param>
            </member>
            """));

        Assert.Equal("Reads the utf8 json payload of a _, as _ would, into memory unless it is null.", sentence.Text);
        Assert.Equal(["System.Text.Json.JsonDocument"], sentence.Types);
        Assert.Equal(["Parse"], sentence.Members);
    }

    [Fact]
    public void Paragraphs_are_cut_into_sentences_but_not_at_abbreviations()
    {
        IReadOnlyList<Sentence> sentences = Load("""
            <member name="T:A.B`1"><summary>Opens the archive folder lazily, e.g. Zip or Tar archives. Closes every pending socket handle afterwards.
            <para>Flushes buffered network packets eagerly</para></summary></member>
            """);

        Assert.Equal(
            ["Closes every pending socket handle afterwards.", "Flushes buffered network packets eagerly", "Opens the archive folder lazily, e.g. Zip or Tar archives."],
            sentences.Select(s => s.Text));
        Assert.All(sentences, s => Assert.Equal("A.B", s.Types[0]));
    }

    [Fact]
    public void Templates_code_and_generated_families_are_left_out()
    {
        Assert.Throws<InvalidDataException>(() => Load("""
            <member name="P:A.B.C"><summary>Gets or sets the value of the specified property.</summary></member>
            <member name="M:A.B.#ctor"><summary>Initializes a new instance of the <see cref="T:A.B" /> class.</summary></member>
            <member name="M:A.B.D"><summary>Could not open folder '{0}' for archive reading.</summary></member>
            <member name="M:A.B.E"><example>Opens the archive folder lazily.</example><summary><code>open(archive, folder, lazily)</code></summary></member>
            <member name="M:System.Runtime.Intrinsics.X86.Avx.Add"><summary>Shuffles packed lanes across vector registers.</summary></member>
            """));
    }

    [Fact]
    public void Twins_are_one_sentence_with_all_their_origins()
    {
        Sentence sentence = Assert.Single(Load("""
            <member name="M:A.Beta.Send(System.Int32)"><summary>Sends the queued packets to the remote endpoint.</summary></member>
            <member name="M:A.Alpha.SendAsync"><summary>Packets queued for this remote endpoint: sends them!</summary></member>
            """));

        Assert.Equal("Packets queued for this remote endpoint: sends them!", sentence.Text);
        Assert.Equal(["A.Alpha", "A.Beta"], sentence.Types);
        Assert.Equal(["Send", "SendAsync"], sentence.Members);
    }

    [Fact]
    public void A_broken_file_is_named()
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Load("<member name=\"T:A.B\"><summary>Never closed"));

        Assert.Contains("Test.xml", e.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Sentence> Load(string members)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("Test.xml", $"<doc><members>{members}</members></doc>");
        return SdkCorpus.Load(new ReferencePacks(new Version(10, 0, 1), [file])).Sentences;
    }
}
