"""First names and surnames, by where a family's roots are and, for first names, by generation and sex."""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


ETHNICITIES = ("white", "asian", "black", "mixed", "other")

SURNAMES: dict[str, tuple[str, ...]] = {
    "white": listed(
        """
    Abbott Allen Archer Atkins Bailey Barker Barnes Bell Bennett Booth Bradley Brown Burton Butler Carter
    Chapman Clarke Collins Cook Cooper Cox Davies Dawson Dixon Edwards Ellis Evans Fisher Fletcher Foster Fox
    Gibson Gray Green Griffiths Hall Harris Harrison Hill Holmes Hughes Hunt Jackson James Jenkins Johnson Jones
    Kelly Kennedy King Knight Kowalski Lawrence Lewis Lloyd Marshall Martin Mason Matthews Miller Mills Mitchell
    Moore Morgan Morris Murphy Murray Nowak Owen Palmer Parker Pearson Phillips Popescu Powell Price Reynolds
    Richards Roberts Robinson Rogers Russell Scott Shaw Simpson Smith Stevens Stewart Taylor Thomas Thompson
    Turner Walker Walsh Ward Watson Webb White Wilkinson Williams Wilson Wood Wright Young
    """
    ),
    "asian": listed(
        """
    Ahmed Akhtar Ali Begum Bhatt Bibi Chan Chaudhry Chen Desai Gill Gupta Hussain Iqbal Islam Joshi Kaur Khan
    Lam Li Mahmood Malik Mehta Miah Mistry Nguyen Patel Rahman Rao Shah Sharma Singh Tran Uddin Wang Wong
    """
    ),
    "black": listed(
        """
    Abdi Adebayo Agyeman Asante Balogun Boateng Campbell Clarke Diallo Eze Francis Gordon Grant Kamara Mensah
    Mohamed Mwangi Ndlovu Nkosi Okafor Okeke Okoro Osei Owusu Phiri Sesay Tesfaye Yeboah
    """
    ),
    "mixed": listed(
        """
    Ali Bailey Brown Campbell Clarke Francis Grant James Johnson Khan King Lewis Martin Mensah Patel Roberts
    Scott Taylor Thomas Williams
    """
    ),
    "other": listed(
        """
    Abbas Aziz Barzani Cruz Demir Farah Ferreira Garcia Haddad Hassan Karimi Mansour Mendes Rahimi Reyes Santos
    Silva Yilmaz
    """
    ),
}

_BORN_EARLY = (
    listed(
        """
        Audrey Barbara Betty Beryl Brenda Doreen Doris Dorothy Eileen Elsie Enid Gladys Hilda Irene Iris Jean
        Joan Joyce June Kathleen Margaret Marjorie Maureen Mavis Muriel Norma Olive Pamela Patricia Pauline
        Rita Sheila Sylvia Vera Winifred
        """
    ),
    listed(
        """
        Albert Alfred Arthur Bernard Cyril Derek Dennis Donald Douglas Edward Eric Ernest Francis Frank
        Frederick George Gordon Harold Harry Herbert Jack John Kenneth Leonard Leslie Norman Raymond Reginald
        Ronald Roy Sidney Stanley Thomas Walter William
        """
    ),
)
_BORN_MIDDLE = (
    listed(
        """
        Alison Amanda Andrea Angela Anne Caroline Catherine Cheryl Christine Claire Dawn Deborah Diane Elaine
        Fiona Gillian Helen Jacqueline Jane Janet Julie Karen Kerry Linda Lisa Louise Michelle Nicola Paula
        Rachel Sally Samantha Sarah Sharon Susan Tracey Wendy
        """
    ),
    listed(
        """
        Adrian Alan Andrew Anthony Barry Brian Carl Christopher Colin Craig Darren David Dean Gary Graham Ian
        Jason Jonathan Keith Kevin Lee Mark Martin Matthew Michael Neil Nigel Paul Peter Philip Richard Robert
        Simon Stephen Steven Stuart Timothy Wayne
        """
    ),
)
_BORN_LATE = (
    listed(
        """
        Abigail Alice Amelia Amy Ava Beth Charlotte Chloe Daisy Ella Ellie Emily Emma Erin Eva Evie Florence
        Freya Georgia Grace Hannah Holly Isabella Isla Jasmine Jessica Lily Lucy Megan Mia Millie Molly Olivia
        Phoebe Poppy Ruby Scarlett Sophie Zoe
        """
    ),
    listed(
        """
        Aaron Adam Alex Alfie Archie Ben Callum Charlie Connor Daniel Dylan Ethan Finley Freddie Harrison
        Harvey Henry Isaac Jacob Jake James Jamie Joseph Joshua Kai Leo Liam Lewis Logan Lucas Luke Mason Max
        Nathan Noah Oliver Oscar Reuben Ryan Samuel Theo Toby Tyler
        """
    ),
)
_ASIAN = (
    listed(
        """
        Aaliyah Aisha Amina Anita Anjali Asha Bushra Deepa Farah Fatima Geeta Hana Jaya Kiran Lakshmi Leela
        Mei Meera Nadia Nasreen Neha Nisha Parveen Pooja Priya Rukhsana Sana Shabana Simran Sunita Yasmin Zara
        """
    ),
    listed(
        """
        Abdul Adil Ahmed Ajay Amir Anil Arjun Asif Bilal Deepak Faisal Farid Hamza Hao Harpreet Imran Jun
        Kamal Kiran Mohammed Nadeem Naveed Rajesh Rakesh Ravi Sanjay Shahid Sunil Tariq Usman Vijay Wei Yusuf
        Zain
        """
    ),
)
_BLACK = (
    listed(
        """
        Abena Adaeze Ama Amara Aminata Binta Blessing Chidinma Comfort Efua Esi Esther Fatou Folake Grace Hope
        Ifeoma Imani Joy Khadija Leticia Marcia Mercy Naomi Ngozi Patience Precious Ruth Thandiwe Yvonne
        Zainab
        """
    ),
    listed(
        """
        Abdi Ade Amadou Babatunde Chidi Chinedu Clive Daniel David Delroy Desmond Emeka Emmanuel Errol Femi
        Ibrahim Isaac Jerome Kofi Kwabena Kwame Leroy Marlon Michael Moses Obi Samuel Segun Tendai Tunde
        Winston Yaw
        """
    ),
)
_OTHER = (
    listed(
        """
        Alma Amal Ana Beatriz Carmen Dalia Elif Fatma Gabriela Hala Ines Layla Leila Lucia Maria Mina Nour
        Paloma Rana Rosa Salma Shirin Sofia Teresa Yasemin Zeynep
        """
    ),
    listed(
        """
        Ahmet Ali Andre Antonio Bashir Carlos Darius Diego Emre Farhad Hadi Hassan Jorge Jose Karim Khalid
        Luis Mateo Mehmet Miguel Omar Paulo Rafael Reza Said Samir Tarek Yusuf
        """
    ),
)


def first_names(ethnicity: str, generation: int, sex: str) -> tuple[str, ...]:
    """Return the first names usual for roots, a generation (0 oldest to 2) and a sex (F, M)."""
    column = "FM".index(sex)
    by_generation = (_BORN_EARLY, _BORN_MIDDLE, _BORN_LATE)[generation]
    family = {"asian": _ASIAN, "black": _BLACK, "other": _OTHER}.get(ethnicity, by_generation)
    return family[column]
