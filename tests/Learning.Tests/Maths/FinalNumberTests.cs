using System.Globalization;
using EdgeFlora.Learning.Maths;

namespace EdgeFlora.Learning.Tests.Maths;

public sealed class FinalNumberTests
{
    [Theory]
    [InlineData("Some steps.\n#### 18", "18")]
    [InlineData("#### 1,250", "1250")]
    [InlineData("#### 1,234,567.50", "1234567.5")]
    [InlineData("#### -7", "-7")]
    [InlineData("#### $-3", "-3")]
    [InlineData("#### -$3", "-3")]
    [InlineData("####$ 12.00 dollars.", "12")]
    [InlineData("#### 5%", "5")]
    [InlineData("#### 20.", "20")]
    [InlineData("#### .5", "0.5")]
    [InlineData("#### 3 #### 4", "4")]
    [InlineData("#### 10 apples and 3 pears", "10")]
    public void It_is_the_number_after_the_last_mark(string answer, string number) =>
        Assert.Equal(decimal.Parse(number, CultureInfo.InvariantCulture), FinalNumber.Of(answer));

    [Theory]
    [InlineData("The answer is 18")]
    [InlineData("####")]
    [InlineData("#### about 5")]
    [InlineData("#### \n5")]
    [InlineData("### 5")]
    [InlineData("#### 5 ####")]
    [InlineData("#### 1,2")]
    [InlineData("#### 123456789012345678901234567890123")]
    public void Without_one_there_is_none(string answer) => Assert.Null(FinalNumber.Of(answer));

    [Fact]
    public void Problems_are_read_with_their_numbers_and_solved_by_these_alone()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "test.jsonl");
        File.WriteAllText(file, "{\"question\": \"How many?\", \"answer\": \"Two and <<2+2=4>>two.\\n#### 1,004\"}\n");

        MathsProblem problem = Assert.Single(MathsProblem.Read(file));

        Assert.Equal("Question: How many?\nAnswer:", problem.Prompt);
        Assert.Equal(" Two and <<2+2=4>>two.\n#### 1,004", problem.Example.Text);
        Assert.True(problem.IsSolvedBy(" I think so.\n#### $1004.00"));
        Assert.False(problem.IsSolvedBy(" 1004"));
        Assert.False(problem.IsSolvedBy("#### 1005"));
    }

    [Theory]
    [InlineData("{\"question\": \"a\", \"answer\": \"4\"}", "has no number after ####")]
    [InlineData("{\"question\": 3, \"answer\": \"#### 4\"}", "\"question\" is missing or no text")]
    [InlineData("[]", "a JSON Array")]
    [InlineData("{", "broken JSON")]
    public void A_broken_row_is_refused_with_its_line(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "test.jsonl");
        File.WriteAllText(file, "{\"question\": \"a\", \"answer\": \"#### 4\"}\n" + row);

        string message = Assert.Throws<InvalidDataException>(() => MathsProblem.Read(file)).Message;

        Assert.Contains("test.jsonl:2", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
