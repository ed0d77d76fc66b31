using System.Text;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Tests.Specs;

/// <summary>Texts that are no specs at all, or mean harm.</summary>
public sealed class SpecTextTests
{
    [Theory]
    [InlineData(
        "labels: &l [a, b]\nnote: *l",
        "spec.yaml:1:9: anchors (&name) and aliases (*name) are not read; write the value out, or in quotes if it is a text that begins so")]
    [InlineData("labels: !!python/object [a, b]", "spec.yaml:1:9: the tag tag:yaml.org,2002:python/object is not read; leave it out")]
    [InlineData(
        "labels: [a, b]\n---\nlabels: [c, d]",
        "spec.yaml:2:1: a second document begins here; a spec is one run: put the other one into a file of its own")]
    [InlineData("labels: [[[[[[[[[[a]]]]]]]]]]", "spec.yaml:1:17: sections and lists nest deeper than 8 levels here; a spec needs 3")]
    [InlineData("rounds:\n\tcount: 5", "spec.yaml:2:1: this line is indented with a tab; YAML wants spaces")]
    [InlineData("  \n\n", "spec.yaml: the spec is empty; it needs at least a task's data, such as labels")]
    [InlineData("{\"labels\": [\"a\" \"b\"]}", "spec.yaml:1:17: this is no JSON: '\"' is invalid after a value. Expected either ',', '}', or ']'")]
    public void A_text_that_cannot_be_a_spec_is_refused_at_its_place(string text, string mistake) =>
        Assert.Equal([mistake], SpecTexts.Mistakes(text));

    [Fact]
    public void A_byte_order_mark_does_not_matter()
    {
        byte[] marked = [0xEF, 0xBB, 0xBF, .. "labels: [a, b]"u8];

        Assert.NotNull(RunSpecReader.Read(marked).Spec);
    }

    [Fact]
    public void Other_encodings_are_named()
    {
        foreach (Encoding other in new[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
        {
            byte[] text = [.. other.GetPreamble(), .. other.GetBytes("labels: [a, b]")];

            SpecMistake mistake = Assert.Single(RunSpecReader.Read(text, "s.yaml").Mistakes);

            Assert.Equal("s.yaml: the spec is UTF-16 or UTF-32, or no text at all; save it as UTF-8", mistake.ToString());
        }
    }

    [Fact]
    public void A_byte_that_is_no_UTF_8_is_told_by_its_line()
    {
        byte[] text = [.. "labels: [a, b]\nnote: caf"u8, 0xE9, .. "\n"u8];

        Assert.Equal(
            "s.yaml:2:1: a byte in this line is no UTF-8; save the spec as UTF-8",
            Assert.Single(RunSpecReader.Read(text, "s.yaml").Mistakes).ToString());
    }

    [Fact]
    public void A_huge_text_is_refused_before_it_is_parsed()
    {
        byte[] text = new byte[RunSpecReader.MaxBytes + 1];
        Array.Fill(text, (byte)'a');

        Assert.Equal("the spec has 262145 bytes; at most 262144 are read", Assert.Single(RunSpecReader.Read(text).Mistakes).ToString());
    }

    [Fact]
    public void More_values_than_any_spec_has_are_refused()
    {
        string text = $"labels: [{string.Join(",", Enumerable.Range(0, 30_000))}]";

        Assert.EndsWith("the spec has more than 25000 values", Assert.Single(SpecTexts.Mistakes(text)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_value_is_cut_in_its_message()
    {
        string text = $"labels: [a, b]\nrounds: {{count: {new string('9', 5000)}}}";

        Assert.True(Assert.Single(SpecTexts.Mistakes(text)).Length < 200);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read_but_never_crash()
    {
        var random = new Random(3);
        byte[] start = Encoding.UTF8.GetBytes(RunSpecReaderTests.Everything);
        for (int i = 0; i < 2000; i++)
        {
            byte[] text = [.. start];
            for (int flips = 0; flips < 4; flips++)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            RunSpecReading reading = RunSpecReader.Read(text);

            Assert.Equal(reading.Spec is null, reading.Mistakes.Count > 0);
        }
    }
}
